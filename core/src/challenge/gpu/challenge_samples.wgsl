// One workgroup a sample: logits of the mean features, gradient, importance and mask, round by round,
// and the drop of the true class's probability under the mask.
//
// A value's rank is the count of larger values, so ties do not depend on an order. Sums are computed in
// the same order for every position and every channel, so that equal features get equal importance.

var<workgroup> partial_sums: array<f32, 4u * CHANNELS>;
var<workgroup> mean: array<f32, CHANNELS>;
var<workgroup> channel_grad: array<f32, CHANNELS>;
var<workgroup> importance: array<f32, COUNT>;
var<workgroup> mask: array<f32, COUNT>;
var<workgroup> next_mask: array<f32, COUNT>;
var<workgroup> logits: array<f32, CLASSES>;
var<workgroup> logits_before: array<f32, CLASSES>;
var<workgroup> logits_grad: array<f32, CLASSES>;
var<workgroup> minima: array<f32, LANES>;
var<workgroup> maxima: array<f32, LANES>;
var<workgroup> magnitudes: array<f32, LANES>;

// Means and logits of the features under the current mask.
fn forward(start: u32, lane: u32) {
    for (var i = lane; i < 4u * CHANNELS; i += LANES) {
        let c = i / 4u;
        let begin = start + c * AREA;
        var sum = 0.0;
        for (var at = i % 4u; at < AREA; at += 4u) {
            sum += features[begin + at] * mask[select(c, at, SPATIAL == 1u)];
        }
        partial_sums[i] = sum;
    }
    workgroupBarrier();
    for (var c = lane; c < CHANNELS; c += LANES) {
        let sum = (partial_sums[4u * c] + partial_sums[4u * c + 1u]) + (partial_sums[4u * c + 2u] + partial_sums[4u * c + 3u]);
        mean[c] = sum / f32(AREA);
    }
    workgroupBarrier();
    for (var k = lane; k < CLASSES; k += LANES) {
        var sum = bias[k];
        for (var c = 0u; c < CHANNELS; c++) {
            sum += mean[c] * weight[c * CLASSES + k];
        }
        logits[k] = sum;
    }
    workgroupBarrier();
}

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let sample = group.x;
    let start = sample * CHANNELS * AREA;
    let label_start = sample * CLASSES;
    let scale = bitcast<f32>(params[0]);
    for (var i = lane; i < COUNT; i += LANES) {
        mask[i] = 1.0;
    }
    workgroupBarrier();

    for (var iteration = 0u; iteration < ROUNDS; iteration++) {
        forward(start, lane);
        for (var k = lane; k < CLASSES; k += LANES) {
            if (iteration == 0u) {
                logits_before[k] = logits[k];
                output[params[1] + label_start + k] = logits[k];
            }
            var value = one_hot[label_start + k];
            if (SIGNAL != TRUE_LOGIT) {
                var most = logits[0];
                var targets = 0.0;
                for (var j = 0u; j < CLASSES; j++) {
                    most = max(most, logits[j]);
                    targets += one_hot[label_start + j];
                }
                var sum = 0.0;
                for (var j = 0u; j < CLASSES; j++) {
                    sum += exp(logits[j] - most);
                }
                value = (value - targets * exp(logits[k] - most) / sum) * scale;
                value = select(-value, value, SIGNAL == LOSS_DECREASE);
            }
            logits_grad[k] = value;
        }
        workgroupBarrier();
        for (var c = lane; c < CHANNELS; c += LANES) {
            var sum = 0.0;
            for (var k = 0u; k < CLASSES; k++) {
                sum += logits_grad[k] * weight[c * CLASSES + k];
            }
            sum /= f32(AREA);
            channel_grad[c] = sum;
            if (iteration == 0u) {
                output[params[2] + sample * CHANNELS + c] = sum;
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
                        value += channel_grad[c];
                    } else if (RULE == ACTIVATION) {
                        value += features[start + c * AREA + i];
                    } else {
                        value += features[start + c * AREA + i] * channel_grad[c];
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
                value = channel_grad[i] * mean[i];
            } else {
                value = channel_grad[i];
            }
            importance[i] = value;
            if (iteration == 0u) {
                output[params[3] + sample * COUNT + i] = value;
            }
            low = select(min(low, value), value, i == lane);
            high = select(max(high, value), value, i == lane);
            size = max(size, abs(value));
        }
        minima[lane] = low;
        maxima[lane] = high;
        magnitudes[lane] = size;
        workgroupBarrier();
        if (iteration == 0u && lane == 0u) {
            for (var i = 1u; i < min(LANES, COUNT); i++) {
                low = min(low, minima[i]);
                high = max(high, maxima[i]);
                size = max(size, magnitudes[i]);
            }
            output[params[7] + sample] = select(0.0, 1.0, high - low <= size * DEGENERATE_TOLERANCE);
        }

        // A value is among the k largest of the unmuted ones if fewer than k of them are larger.
        let muted = params[8u + iteration];
        for (var i = lane; i < COUNT; i += LANES) {
            let value = importance[i];
            var larger = 0u;
            for (var j = 0u; j < COUNT; j++) {
                larger += select(0u, 1u, mask[j] > 0.5 && importance[j] > value);
            }
            next_mask[i] = select(mask[i], 0.0, larger < muted);
        }
        workgroupBarrier();
        for (var i = lane; i < COUNT; i += LANES) {
            mask[i] = next_mask[i];
        }
        workgroupBarrier();
    }

    for (var i = lane; i < COUNT; i += LANES) {
        output[params[4] + sample * COUNT + i] = mask[i];
    }
    // Whether the drop is wanted. It is an argument, so that a text which takes long to compile serves both.
    if (params[8u + ROUNDS] == 1u) {
        forward(start, lane);
        for (var k = lane; k < CLASSES; k += LANES) {
            output[params[5] + label_start + k] = logits[k];
        }
        if (lane == 0u) {
            var most = vec2(logits_before[0], logits[0]);
            for (var k = 1u; k < CLASSES; k++) {
                most = max(most, vec2(logits_before[k], logits[k]));
            }
            var sum = vec2(0.0);
            for (var k = 0u; k < CLASSES; k++) {
                sum += exp(vec2(logits_before[k], logits[k]) - most);
            }
            var drop = 0.0;
            for (var k = 0u; k < CLASSES; k++) {
                let share = exp(vec2(logits_before[k], logits[k]) - most) / sum;
                drop += (share.x - share.y) * one_hot[label_start + k];
            }
            output[params[6] + sample] = drop;
        }
    }
}
