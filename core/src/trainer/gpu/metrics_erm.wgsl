// One workgroup: the metrics of a step without a challenge (ERM), in the order of `METRICS`.

var<workgroup> sums: array<f32, 64>;

@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) lane: u32) {
    var correct = 0.0;
    for (var sample = lane; sample < SAMPLES; sample += 64u) {
        let start = sample * CLASSES;
        var most = logits_before[start];
        var best = 0u;
        for (var k = 1u; k < CLASSES; k++) {
            if (logits_before[start + k] > most) {
                most = logits_before[start + k];
                best = k;
            }
        }
        correct += one_hot[start + best];
    }
    sums[lane] = correct;
    workgroupBarrier();
    if (lane == 0u) {
        for (var i = 1u; i < 64u; i++) {
            correct += sums[i];
        }
        metrics[0] = loss[0];
        metrics[1] = correct / f32(SAMPLES);
        metrics[2] = 0.0;
        metrics[3] = 0.0;
        metrics[4] = 0.0;
        metrics[5] = 0.0;
    }
}
