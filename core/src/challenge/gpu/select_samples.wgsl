// One workgroup a sample: whether its drop is among the largest of the batch, and its mask in force.

var<workgroup> counts: array<u32, LANES>;
var<workgroup> chosen: u32;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let sample = group.x;
    let k = params[1];
    let least = bitcast<f32>(params[2]);
    var own_drop = drop[sample];
    if (HAS_MINIMUM == 1u) {
        own_drop = max(own_drop - least, 0.0);
    }
    var count = 0u;
    for (var i = lane; i < params[0]; i += LANES) {
        if (HAS_MINIMUM == 1u) {
            count += select(0u, 1u, max(drop[i] - least, 0.0) >= own_drop);
        } else {
            count += select(0u, 1u, drop[i] > own_drop);
        }
    }
    counts[lane] = count;
    workgroupBarrier();
    if (lane == 0u) {
        for (var i = 1u; i < LANES; i++) {
            count += counts[i];
        }
        var is_selected = count < k;
        if (HAS_MINIMUM == 1u) {
            is_selected = count <= k && own_drop > 0.0;
        }
        chosen = select(0u, 1u, is_selected);
        selected[sample] = select(0.0, 1.0, is_selected);
    }
    workgroupBarrier();
    for (var i = lane; i < COUNT; i += LANES) {
        let at = sample * COUNT + i;
        mask_in_force[at] = select(1.0, mask[at], chosen == 1u);
    }
}
