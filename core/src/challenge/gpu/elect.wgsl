// One workgroup for each sample: whether its drop is among the largest of the batch, and the mask then in
// force.

var<workgroup> counts: array<u32, LANES>;
var<workgroup> chosen: u32;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let sample = group.x;
    let wanted = words[1];
    let least = bitcast<f32>(words[2]);
    var mine = drop[sample];
    if (STRICT == 1u) {
        mine = max(mine - least, 0.0);
    }
    var count = 0u;
    for (var i = lane; i < words[0]; i += LANES) {
        if (STRICT == 1u) {
            count += select(0u, 1u, max(drop[i] - least, 0.0) >= mine);
        } else {
            count += select(0u, 1u, drop[i] > mine);
        }
    }
    counts[lane] = count;
    workgroupBarrier();
    if (lane == 0u) {
        for (var i = 1u; i < LANES; i++) {
            count += counts[i];
        }
        var yes = count < wanted;
        if (STRICT == 1u) {
            yes = count <= wanted && mine > 0.0;
        }
        chosen = select(0u, 1u, yes);
        selected[sample] = select(0.0, 1.0, yes);
    }
    workgroupBarrier();
    for (var i = lane; i < COUNT; i += LANES) {
        let at = sample * COUNT + i;
        made[at] = select(1.0, mask[at], chosen == 1u);
    }
}
