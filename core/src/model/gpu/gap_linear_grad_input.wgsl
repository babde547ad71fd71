// The gradient of the features: the same at each position of a channel, times the mask (FACTOR) if there
// is one. Workgroups of one sample divide its values among them, and each computes the gradient of all
// channels, which is little work.

var<workgroup> channel_grad: array<f32, CHANNELS>;

@compute @workgroup_size(LANES)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let sample = group.x;
    for (var c = lane; c < CHANNELS; c += LANES) {
        var sum = 0.0;
        for (var k = 0u; k < CLASSES; k++) {
            sum += grad[sample * CLASSES + k] * weight[c * CLASSES + k];
        }
        channel_grad[c] = sum / f32(AREA);
    }
    workgroupBarrier();
    let start = sample * CHANNELS * AREA;
    for (var i = group.y * LANES + lane; i < CHANNELS * AREA; i += groups.y * LANES) {
        let c = i / AREA;
        let at = i % AREA;
        grad_features[start + i] = channel_grad[c]FACTOR;
    }
}
