// One workgroup: the metrics of a step with a challenge, in the order of `METRICS`.

var<workgroup> sums: array<f32, 64u * SUMS>;

// Cross-entropy of one class: `label · (log Σ exp(logits) − logit)`, with `sum = Σ exp(logits − most)`.
fn cross_entropy(label: f32, logit: f32, most: f32, sum: f32) -> f32 {
    return (most + log(sum) - logit) * label;
}

@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) lane: u32) {
    var correct = 0.0;
    var kept = 0.0;
    var degenerate_count = 0.0;
    var selected_count = 0.0;
    var unmasked = 0.0;
    var masked = 0.0;
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
        var after_most = logits[start];
        for (var k = 1u; k < CLASSES; k++) {
            after_most = max(after_most, logits[start + k]);
        }
        var sum = 0.0;
        var after_sum = 0.0;
        for (var k = 0u; k < CLASSES; k++) {
            sum += exp(logits_before[start + k] - most);
            after_sum += exp(logits[start + k] - after_most);
        }
        for (var k = 0u; k < CLASSES; k++) {
            let label = one_hot[start + k];
            unmasked += cross_entropy(label, logits_before[start + k], most, sum);
            masked += cross_entropy(label, logits[start + k], after_most, after_sum);
        }
        degenerate_count += degenerate[sample];
        selected_count += selected[sample];
    }
    sums[lane] = correct;
    for (var i = lane; i < SAMPLES * COUNT; i += 64u) {
        kept += mask[i];
    }
    sums[64u + lane] = kept;
    sums[128u + lane] = degenerate_count;
    sums[192u + lane] = selected_count;
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
        metrics[0] = loss[0];
        metrics[1] = sums[0] / samples;
        metrics[2] = 1.0 - sums[64] / (samples * f32(COUNT));
        metrics[3] = sums[128];
        metrics[4] = sums[192];
        metrics[5] = sums[320] / samples - sums[256] / samples;
    }
}
