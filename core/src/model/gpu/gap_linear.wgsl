// Global average pooling and a linear layer; one workgroup a sample. FACTOR is replaced by the mask's
// factor, if there is a mask.

var<workgroup> partial_sums: array<f32, 4u * CHANNELS>;
var<workgroup> mean: array<f32, CHANNELS>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let sample = group.x;
    let start = sample * CHANNELS * AREA;
    // Four invocations share a channel, so that reads coalesce.
    for (var i = lane; i < 4u * CHANNELS; i += LANES) {
        let c = i / 4u;
        let begin = start + c * AREA;
        var sum = 0.0;
        for (var at = i % 4u; at < AREA; at += 4u) {
            sum += x[begin + at]FACTOR;
        }
        partial_sums[i] = sum;
    }
    workgroupBarrier();
    for (var c = lane; c < CHANNELS; c += LANES) {
        let sum = (partial_sums[4u * c] + partial_sums[4u * c + 1u]) + (partial_sums[4u * c + 2u] + partial_sums[4u * c + 3u]);
        let value = sum / f32(AREA);
        mean[c] = value;
        means[sample * CHANNELS + c] = value;
    }
    workgroupBarrier();
    for (var k = lane; k < CLASSES; k += LANES) {
        var sum = bias[k];
        for (var c = 0u; c < CHANNELS; c++) {
            sum += mean[c] * weight[c * CLASSES + k];
        }
        logits[sample * CLASSES + k] = sum;
    }
}
