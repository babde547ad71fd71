// One workgroup: the mean cross-entropy of all samples, and its gradient.

var<workgroup> losses: array<f32, 64>;

@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) lane: u32) {
    let samples = params[0];
    let label_weight = bitcast<f32>(params[1]);
    let uniform_weight = bitcast<f32>(params[2]);
    var loss = 0.0;
    for (var sample = lane; sample < samples; sample += 64u) {
        let start = sample * CLASSES;
        var most = logits[start];
        for (var k = 1u; k < CLASSES; k++) {
            most = max(most, logits[start + k]);
        }
        var sum = 0.0;
        var targets = 0.0;
        for (var k = 0u; k < CLASSES; k++) {
            sum += exp(logits[start + k] - most);
            targets += one_hot[start + k] * label_weight + uniform_weight;
        }
        let logarithm = log(sum);
        for (var k = 0u; k < CLASSES; k++) {
            let label = one_hot[start + k] * label_weight + uniform_weight;
            let shifted = logits[start + k] - most;
            loss -= (shifted - logarithm) * label;
            grad[start + k] = (exp(shifted) / sum * targets - label) / f32(samples);
        }
    }
    losses[lane] = loss;
    workgroupBarrier();
    if (lane == 0u) {
        for (var i = 1u; i < 64u; i++) {
            loss += losses[i];
        }
        mean_loss[0] = loss / f32(samples);
    }
}
