// The gradients of the linear layer; the bias is treated as a last channel whose mean is 1.

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    let i = id.x;
    if (i >= (CHANNELS + 1u) * CLASSES) {
        return;
    }
    let c = i / CLASSES;
    let k = i % CLASSES;
    let channel = min(c, CHANNELS - 1u);
    var sum = 0.0;
    for (var sample = 0u; sample < params[0]; sample++) {
        let mean = select(1.0, means[sample * CHANNELS + channel], c < CHANNELS);
        sum += mean * grad[sample * CLASSES + k];
    }
    if (c < CHANNELS) {
        grad_weight[i] = sum;
    } else {
        grad_bias[k] = sum;
    }
}
