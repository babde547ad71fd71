// One workgroup: the mean cross-entropy of all samples, and its gradient on the way.

var<workgroup> losses: array<f32, 64>;

@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) lane: u32) {
    let samples = words[0];
    let sharp = bitcast<f32>(words[1]);
    let even = bitcast<f32>(words[2]);
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
            targets += one_hot[start + k] * sharp + even;
        }
        let logarithm = log(sum);
        for (var k = 0u; k < CLASSES; k++) {
            let wanted = one_hot[start + k] * sharp + even;
            let ahead = logits[start + k] - most;
            loss -= (ahead - logarithm) * wanted;
            slope[start + k] = (exp(ahead) / sum * targets - wanted) / f32(samples);
        }
    }
    losses[lane] = loss;
    workgroupBarrier();
    if (lane == 0u) {
        for (var i = 1u; i < 64u; i++) {
            loss += losses[i];
        }
        made[0] = loss / f32(samples);
    }
}
