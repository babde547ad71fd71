// One workgroup: the metrics of a step with a challenge.

var<workgroup> sums: array<f32, 64u * SUMS>;

// Cross-entropy of one sample, from its largest logit and the sum of exponentials below it.
fn surprise(wanted: f32, logit: f32, most: f32, sum: f32) -> f32 {
    return (most + log(sum) - logit) * wanted;
}

@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) lane: u32) {
    var right = 0.0;
    var kept = 0.0;
    var even = 0.0;
    var chosen = 0.0;
    var unmasked = 0.0;
    var masked = 0.0;
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
        var after_most = after[start];
        for (var k = 1u; k < CLASSES; k++) {
            after_most = max(after_most, after[start + k]);
        }
        var sum = 0.0;
        var after_sum = 0.0;
        for (var k = 0u; k < CLASSES; k++) {
            sum += exp(before[start + k] - most);
            after_sum += exp(after[start + k] - after_most);
        }
        for (var k = 0u; k < CLASSES; k++) {
            let wanted = one_hot[start + k];
            unmasked += surprise(wanted, before[start + k], most, sum);
            masked += surprise(wanted, after[start + k], after_most, after_sum);
        }
        even += degenerate[sample];
        chosen += selected[sample];
    }
    sums[lane] = right;
    for (var i = lane; i < SAMPLES * COUNT; i += 64u) {
        kept += mask[i];
    }
    sums[64u + lane] = kept;
    sums[128u + lane] = even;
    sums[192u + lane] = chosen;
    sums[256u + lane] = unmasked;
    sums[320u + lane] = masked;
    workgroupBarrier();
    if (lane < SUMS) {
        var total = 0.0;
        for (var i = 0u; i < 64u; i++) {
            total += sums[lane * 64u + i];
        }
        sums[lane * 64u] = total;
    }
    workgroupBarrier();
    if (lane == 0u) {
        let samples = f32(SAMPLES);
        made[0] = loss[0];
        made[1] = sums[0] / samples;
        made[2] = 1.0 - sums[64] / (samples * f32(COUNT));
        made[3] = sums[128];
        made[4] = sums[192];
        made[5] = sums[320] / samples - sums[256] / samples;
    }
}
