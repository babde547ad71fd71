// One workgroup for each sample: logits of the mean features, gradient, importance and mask, round
// by round, and what the mask makes of the true class's probability.
//
// Ranking counts larger values, so a tie is a tie whatever the order. Sums are made in the same order for
// every position and every channel, so that equal features get equal importance.

var<workgroup> parts: array<f32, 4u * CHANNELS>;
var<workgroup> mean: array<f32, CHANNELS>;
var<workgroup> slope: array<f32, CHANNELS>;
var<workgroup> worth: array<f32, COUNT>;
var<workgroup> mask: array<f32, COUNT>;
var<workgroup> next: array<f32, COUNT>;
var<workgroup> logit: array<f32, CLASSES>;
var<workgroup> before: array<f32, CLASSES>;
var<workgroup> pull: array<f32, CLASSES>;
var<workgroup> lows: array<f32, LANES>;
var<workgroup> highs: array<f32, LANES>;
var<workgroup> sizes: array<f32, LANES>;

// Means and logits of the features as masked so far.
fn average(start: u32, lane: u32) {
    for (var i = lane; i < 4u * CHANNELS; i += LANES) {
        let c = i / 4u;
        let begin = start + c * AREA;
        var sum = 0.0;
        for (var at = i % 4u; at < AREA; at += 4u) {
            sum += features[begin + at] * mask[select(c, at, SPATIAL == 1u)];
        }
        parts[i] = sum;
    }
    workgroupBarrier();
    for (var c = lane; c < CHANNELS; c += LANES) {
        let sum = (parts[4u * c] + parts[4u * c + 1u]) + (parts[4u * c + 2u] + parts[4u * c + 3u]);
        mean[c] = sum / f32(AREA);
    }
    workgroupBarrier();
    for (var k = lane; k < CLASSES; k += LANES) {
        var sum = bias[k];
        for (var c = 0u; c < CHANNELS; c++) {
            sum += mean[c] * weight[c * CLASSES + k];
        }
        logit[k] = sum;
    }
    workgroupBarrier();
}

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let sample = group.x;
    let start = sample * CHANNELS * AREA;
    let truth = sample * CLASSES;
    let scale = bitcast<f32>(words[0]);
    for (var i = lane; i < COUNT; i += LANES) {
        mask[i] = 1.0;
    }
    workgroupBarrier();

    for (var turn = 0u; turn < ROUNDS; turn++) {
        average(start, lane);
        for (var k = lane; k < CLASSES; k += LANES) {
            if (turn == 0u) {
                before[k] = logit[k];
                sheet[words[1] + truth + k] = logit[k];
            }
            var value = one_hot[truth + k];
            if (SIGNAL != TRUE_LOGIT) {
                var most = logit[0];
                var whole = 0.0;
                for (var j = 0u; j < CLASSES; j++) {
                    most = max(most, logit[j]);
                    whole += one_hot[truth + j];
                }
                var sum = 0.0;
                for (var j = 0u; j < CLASSES; j++) {
                    sum += exp(logit[j] - most);
                }
                value = (value - whole * exp(logit[k] - most) / sum) * scale;
                value = select(-value, value, SIGNAL == LOSS_DECREASE);
            }
            pull[k] = value;
        }
        workgroupBarrier();
        for (var c = lane; c < CHANNELS; c += LANES) {
            var sum = 0.0;
            for (var k = 0u; k < CLASSES; k++) {
                sum += pull[k] * weight[c * CLASSES + k];
            }
            sum /= f32(AREA);
            slope[c] = sum;
            if (turn == 0u) {
                sheet[words[2] + sample * CHANNELS + c] = sum;
            }
        }
        workgroupBarrier();

        var low = 0.0;
        var high = 0.0;
        var size = 0.0;
        for (var i = lane; i < COUNT; i += LANES) {
            var value = 0.0;
            if (SPATIAL == 1u) {
                for (var c = 0u; c < CHANNELS; c++) {
                    if (RULE == GRADIENT_MEAN) {
                        value += slope[c];
                    } else if (RULE == ACTIVATION) {
                        value += features[start + c * AREA + i];
                    } else {
                        value += features[start + c * AREA + i] * slope[c];
                    }
                }
                if (RULE != GRADIENT_MEAN) {
                    value *= mask[i];
                }
                if (RULE != GRAD_CAM) {
                    value /= f32(CHANNELS);
                }
            } else if (RULE == ACTIVATION) {
                value = mean[i];
            } else if (RULE == GRADIENT_TIMES_ACTIVATION) {
                value = slope[i] * mean[i];
            } else {
                value = slope[i];
            }
            worth[i] = value;
            if (turn == 0u) {
                sheet[words[3] + sample * COUNT + i] = value;
            }
            low = select(min(low, value), value, i == lane);
            high = select(max(high, value), value, i == lane);
            size = max(size, abs(value));
        }
        lows[lane] = low;
        highs[lane] = high;
        sizes[lane] = size;
        workgroupBarrier();
        if (turn == 0u && lane == 0u) {
            for (var i = 1u; i < min(LANES, COUNT); i++) {
                low = min(low, lows[i]);
                high = max(high, highs[i]);
                size = max(size, sizes[i]);
            }
            sheet[words[7] + sample] = select(0.0, 1.0, high - low <= size * CONSTANT);
        }

        // A value is among the k largest of what is left if fewer than k of that are larger.
        let muted = words[8u + turn];
        for (var i = lane; i < COUNT; i += LANES) {
            let value = worth[i];
            var larger = 0u;
            for (var j = 0u; j < COUNT; j++) {
                larger += select(0u, 1u, mask[j] > 0.5 && worth[j] > value);
            }
            next[i] = select(mask[i], 0.0, larger < muted);
        }
        workgroupBarrier();
        for (var i = lane; i < COUNT; i += LANES) {
            mask[i] = next[i];
        }
        workgroupBarrier();
    }

    for (var i = lane; i < COUNT; i += LANES) {
        sheet[words[4] + sample * COUNT + i] = mask[i];
    }
    if (DROP == 1u) {
        average(start, lane);
        for (var k = lane; k < CLASSES; k += LANES) {
            sheet[words[5] + truth + k] = logit[k];
        }
        if (lane == 0u) {
            var most = vec2(before[0], logit[0]);
            for (var k = 1u; k < CLASSES; k++) {
                most = max(most, vec2(before[k], logit[k]));
            }
            var sum = vec2(0.0);
            for (var k = 0u; k < CLASSES; k++) {
                sum += exp(vec2(before[k], logit[k]) - most);
            }
            var drop = 0.0;
            for (var k = 0u; k < CLASSES; k++) {
                let share = exp(vec2(before[k], logit[k]) - most) / sum;
                drop += (share.x - share.y) * one_hot[truth + k];
            }
            sheet[words[6] + sample] = drop;
        }
    }
}
