// One or more workgroups a row: a value is at least the k-th largest if fewer than k of its row are
// larger.

var<workgroup> row: array<f32, COUNT>;

@compute @workgroup_size(LANES)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let start = group.x * COUNT;
    for (var i = lane; i < COUNT; i += LANES) {
        row[i] = values[start + i];
    }
    workgroupBarrier();
    for (var i = group.y * LANES + lane; i < COUNT; i += groups.y * LANES) {
        let value = row[i];
        var larger = 0u;
        for (var j = 0u; j < COUNT; j++) {
            larger += select(0u, 1u, row[j] > value);
        }
        result[start + i] = select(0.0, 1.0, larger < params[0]);
    }
}
