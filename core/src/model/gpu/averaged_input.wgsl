// The gradient of the features: the same at each position of a channel. Workgroups of one sample
// share out its values, and each works out all channels, which is little.

var<workgroup> slope: array<f32, CHANNELS>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let sample = group.x;
    for (var c = lane; c < CHANNELS; c += 64u) {
        var sum = 0.0;
        for (var k = 0u; k < CLASSES; k++) {
            sum += grad[sample * CLASSES + k] * weight[c * CLASSES + k];
        }
        slope[c] = sum / f32(AREA);
    }
    workgroupBarrier();
    let start = sample * CHANNELS * AREA;
    for (var i = group.y * 64u + lane; i < CHANNELS * AREA; i += groups.y * 64u) {
        made[start + i] = slope[i / AREA];
    }
}
