size = SIZE
mean = torch.tensor([MEAN]).view(3, 1, 1)
std = torch.tensor([STD]).view(3, 1, 1)
classes = [CLASSES]


def read(path):
    # The middle of the image, transparent parts white, as [3, size, size], RGB.
    image = ImageOps.exif_transpose(Image.open(path)).convert("RGBA")
    white = Image.new("RGBA", image.size, "white")
    image = Image.alpha_composite(white, image).convert("RGB")
    image = ImageOps.fit(image, (size, size), Image.Resampling.BILINEAR)
    pixels = torch.frombuffer(bytearray(image.tobytes()), dtype=torch.uint8)
    pixels = pixels.view(size, size, 3).permute(2, 0, 1)
    return (pixels - mean) / std


network = Network()
network.load_state_dict(load_file(FILE))
network.eval()

for path in sys.argv[1:]:
    with torch.no_grad():
        logits = network(read(path)[None])
    print(path, dict(zip(classes, logits.softmax(1)[0].tolist())))
