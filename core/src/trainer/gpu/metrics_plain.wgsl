// One workgroup: the metrics of a step without a challenge.

var<workgroup> sums: array<f32, 64>;

@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) lane: u32) {
    var right = 0.0;
    for (var sample = lane; sample < SAMPLES; sample += 64u) {
        let start = sample * CLASSES;
        var most = before[start];
        var best = 0u;
        for (var k = 1u; k < CLASSES; k++) {
            if (before[start + k] > most) {
                most = before[start + k];
                best = k;
            }
        }
        right += one_hot[start + best];
    }
    sums[lane] = right;
    workgroupBarrier();
    if (lane == 0u) {
        for (var i = 1u; i < 64u; i++) {
            right += sums[i];
        }
        made[0] = loss[0];
        made[1] = right / f32(SAMPLES);
        made[2] = 0.0;
        made[3] = 0.0;
        made[4] = 0.0;
        made[5] = 0.0;
    }
}
