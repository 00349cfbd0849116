use std::io::Cursor;

use image::{DynamicImage, GrayAlphaImage, GrayImage, ImageFormat, Rgba, Rgba32FImage, RgbaImage};

use crate::{Codes, DecodeOptions, PictureError, decode, probe, to_png};

const RED: [u8; 4] = [200, 30, 10, 255];
const BLUE: [u8; 4] = [10, 30, 200, 128];

/// Red above, blue and half transparent below.
fn flag(width: u32, height: u32) -> RgbaImage {
    RgbaImage::from_fn(width, height, |_, y| Rgba(if y < height / 2 { RED } else { BLUE }))
}

fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Vec::new();
    picture.write_to(&mut Cursor::new(&mut bytes), format).unwrap();
    bytes
}

fn decoded(bytes: &[u8], mime_type: &str) -> RgbaImage {
    decode(bytes, mime_type, &DecodeOptions::default()).unwrap()
}

fn first_and_last(picture: &RgbaImage) -> [[u8; 4]; 2] {
    [picture.get_pixel(0, 0).0, picture.get_pixel(picture.width() - 1, picture.height() - 1).0]
}

#[test]
fn common_encodings_keep_their_pixels() {
    let picture = flag(6, 4);
    for format in [ImageFormat::Png, ImageFormat::WebP, ImageFormat::Tiff, ImageFormat::Bmp, ImageFormat::Tga]
    {
        let bytes = encoded(&picture.clone().into(), format);
        assert_eq!(decoded(&bytes, format.to_mime_type()), picture, "{format:?}");
        let info = probe(&bytes, format.to_mime_type()).unwrap();
        assert_eq!((info.width, info.height, info.n_channels), (6, 4, 4), "{format:?}");
    }
    let jpeg = encoded(&DynamicImage::from(flag(32, 32)).into_rgb8().into(), ImageFormat::Jpeg);
    let [top, bottom] = first_and_last(&decoded(&jpeg, ""));
    assert!(top[0].abs_diff(200) < 6 && bottom[2].abs_diff(200) < 6, "{top:?} {bottom:?}");
    let gif = encoded(&DynamicImage::from(RgbaImage::from_pixel(4, 4, Rgba(RED))), ImageFormat::Gif);
    assert_eq!(first_and_last(&decoded(&gif, ""))[0], RED);
}

#[test]
fn grey_and_wide_channels_become_rgba() {
    let grey = GrayImage::from_pixel(3, 2, image::Luma([77]));
    let bytes = encoded(&grey.into(), ImageFormat::Png);
    assert_eq!(first_and_last(&decoded(&bytes, ""))[1], [77, 77, 77, 255]);
    assert_eq!(probe(&bytes, "").unwrap().n_channels, 1);
    let with_alpha = GrayAlphaImage::from_pixel(3, 2, image::LumaA([77, 9]));
    let bytes = encoded(&with_alpha.into(), ImageFormat::Png);
    assert_eq!(first_and_last(&decoded(&bytes, ""))[0], [77, 77, 77, 9]);
    let wide = image::ImageBuffer::from_pixel(3, 2, image::Rgb([0x1234_u16, 0x8080, 0xFFFF]));
    let bytes = encoded(&DynamicImage::ImageRgb16(wide), ImageFormat::Png);
    assert_eq!(first_and_last(&decoded(&bytes, ""))[0], [0x12, 0x80, 0xFF, 255]);
    assert_eq!(probe(&bytes, "").unwrap().encoding, "PNG, 16 bits");
}

#[test]
fn light_becomes_srgb_codes_and_measures_stay_in_proportion() {
    let half = Rgba32FImage::from_pixel(2, 2, Rgba([0.5, 4.0, 0.0, 1.0]));
    let bytes = encoded(&half.into(), ImageFormat::OpenExr);
    assert_eq!(first_and_last(&decoded(&bytes, ""))[0], [188, 255, 0, 255]);
    let linear = DecodeOptions { codes: Codes::Linear, ..DecodeOptions::default() };
    assert_eq!(first_and_last(&decode(&bytes, "", &linear).unwrap())[0], [128, 255, 0, 255]);
}

/// A KTX2 file of one or more levels, the largest first, without supercompression data.
fn ktx2(vk_format: u32, size: [u32; 2], scheme: u32, levels: &[(&[u8], usize)], keys: &[u8]) -> Vec<u8> {
    let dfd_at = 80 + 24 * levels.len();
    let dfd_len = 4 + 24;
    let kvd_at = dfd_at + dfd_len;
    let mut at = kvd_at + keys.len();
    let mut bytes = ktx2::MAGIC.to_vec();
    for word in [vk_format, 1, size[0], size[1], 0, 0, 1, levels.len() as u32, scheme] {
        bytes.extend(word.to_le_bytes());
    }
    let kvd_at_or_none = if keys.is_empty() { 0 } else { kvd_at };
    for word in [dfd_at, dfd_len, kvd_at_or_none, keys.len()] {
        bytes.extend((word as u32).to_le_bytes());
    }
    bytes.extend([0; 16]);
    for (data, plain_len) in levels {
        for word in [at, data.len(), *plain_len] {
            bytes.extend((word as u64).to_le_bytes());
        }
        at += data.len();
    }
    bytes.extend((dfd_len as u32).to_le_bytes());
    for word in [0_u32, 24 << 16 | 2, 1 << 16 | 1 << 8 | 1, 0, 0, 0] {
        bytes.extend(word.to_le_bytes());
    }
    bytes.extend(keys);
    levels.iter().for_each(|(data, _)| bytes.extend(*data));
    bytes
}

#[test]
fn plain_ktx2_is_read_with_and_without_compression() {
    let pixels = [[1_u8, 2, 3], [4, 5, 6], [7, 8, 9], [10, 11, 12]].concat();
    let expected = [[1, 2, 3, 255], [10, 11, 12, 255]];
    let raw = ktx2(29, [2, 2], 0, &[(&pixels, 12)], &[]);
    assert_eq!(first_and_last(&decoded(&raw, "")), expected);
    assert_eq!(probe(&raw, "").unwrap().n_channels, 3);
    let packed = ruzstd::encoding::compress_to_vec(&pixels[..], ruzstd::encoding::CompressionLevel::Fastest);
    let packed = ktx2(23, [2, 2], 2, &[(&packed, 12)], &[]);
    assert_eq!(first_and_last(&decoded(&packed, "")), expected);
    let grey = ktx2(9, [2, 2], 0, &[(&[5, 6, 7, 8], 4)], &[]);
    assert_eq!(first_and_last(&decoded(&grey, ""))[1], [8, 8, 8, 255]);
}

#[test]
fn ktx2_names_its_channels_and_which_way_is_up() {
    let pixels = [1, 2, 3, 4];
    let keys = [&16_u32.to_le_bytes()[..], b"KTXswizzle\x0000r1\0"].concat();
    let swizzled = ktx2(9, [2, 2], 0, &[(&pixels, 4)], &keys);
    assert_eq!(first_and_last(&decoded(&swizzled, ""))[0], [0, 0, 1, 255]);
    let keys = [&18_u32.to_le_bytes()[..], b"KTXorientation\0ru\0\0\0"].concat();
    let upside_down = ktx2(9, [2, 2], 0, &[(&pixels, 4)], &keys);
    assert_eq!(first_and_last(&decoded(&upside_down, ""))[0], [3, 3, 3, 255]);
}

#[test]
fn a_stored_level_does_where_it_is_large_enough() {
    let levels: [(&[u8], usize); 3] = [(&[9; 16], 16), (&[8; 4], 4), (&[7; 1], 1)];
    let bytes = ktx2(9, [4, 4], 0, &levels, &[]);
    let sizes = [(u32::MAX, 4), (3, 4), (2, 2), (1, 1)];
    for (enough_px, side) in sizes {
        let options = DecodeOptions { enough_px, ..DecodeOptions::default() };
        assert_eq!(decode(&bytes, "", &options).unwrap().dimensions(), (side, side), "{enough_px}");
    }
}

/// A DDS header; the pixel format's words are flags, FourCC, bits, masks of R, G, B and A.
fn dds(size: [u32; 2], n_levels: u32, format: [u32; 7], data: &[u8]) -> Vec<u8> {
    let mut bytes = b"DDS ".to_vec();
    for word in [124, 0x2_1007, size[1], size[0], 0, 0, n_levels] {
        bytes.extend(word.to_le_bytes());
    }
    bytes.extend([0; 44]);
    bytes.extend(32_u32.to_le_bytes());
    format.iter().for_each(|word| bytes.extend(word.to_le_bytes()));
    bytes.extend(0x1000_u32.to_le_bytes());
    bytes.extend([0; 16]);
    bytes.extend(data);
    bytes
}

fn four_cc(name: &[u8; 4]) -> [u32; 7] {
    [4, u32::from_le_bytes(*name), 0, 0, 0, 0, 0]
}

#[test]
fn dds_blocks_and_their_levels_are_read() {
    // Two colours, all indices zero: 4 x 4 pixels of the first. 0xF800 is red, 0x001F blue.
    let red = [0x00, 0xF8, 0x1F, 0x00, 0, 0, 0, 0];
    let blue = [0x1F, 0x00, 0x00, 0x00, 0, 0, 0, 0];
    let bytes = dds([8, 4], 2, four_cc(b"DXT1"), &[red, red, blue].concat());
    assert_eq!(decoded(&bytes, "").dimensions(), (8, 4));
    assert_eq!(first_and_last(&decoded(&bytes, ""))[1], [255, 0, 0, 255]);
    let small = DecodeOptions { enough_px: 4, ..DecodeOptions::default() };
    let small = decode(&bytes, "", &small).unwrap();
    assert_eq!((small.dimensions(), small.get_pixel(0, 0).0), ((4, 2), [0, 0, 255, 255]));
    assert_eq!(probe(&bytes, "").unwrap().encoding, "DDS, BC1RgbaUnorm");
}

#[test]
fn a_normal_of_two_channels_gets_its_third() {
    // X and Y are 0.5 everywhere: the surface looks straight out.
    let half = [128, 128, 0, 0, 0, 0, 0, 0];
    let bytes = dds([4, 4], 1, four_cc(b"ATI2"), &[half, half].concat());
    assert_eq!(first_and_last(&decoded(&bytes, ""))[0], [128, 128, 255, 255]);
}

#[test]
fn dds_pixels_are_read_by_their_masks() {
    let rgb565 = [0x40, 0, 16, 0xF800, 0x07E0, 0x001F, 0];
    let bytes = dds([1, 2], 1, rgb565, &[0x00, 0xF8, 0xE0, 0x07]);
    assert_eq!(first_and_last(&decoded(&bytes, "")), [[255, 0, 0, 255], [0, 255, 0, 255]]);
    let bgra = [0x41, 0, 32, 0x00FF_0000, 0xFF00, 0xFF, 0xFF00_0000];
    let bytes = dds([1, 1], 1, bgra, &[1, 2, 3, 4]);
    assert_eq!(first_and_last(&decoded(&bytes, ""))[0], [3, 2, 1, 4]);
    let grey = [0x2_0000, 0, 8, 0xFF, 0, 0, 0];
    assert_eq!(first_and_last(&decoded(&dds([1, 1], 1, grey, &[90]), ""))[0], [90, 90, 90, 255]);
}

/// A Photoshop document without layers; `planes` begin with their compression.
fn psd(n_channels: u16, size: [u32; 2], mode: u16, planes: &[u8]) -> Vec<u8> {
    let mut bytes = b"8BPS\0\x01\0\0\0\0\0\0".to_vec();
    bytes.extend(n_channels.to_be_bytes());
    bytes.extend(size[1].to_be_bytes());
    bytes.extend(size[0].to_be_bytes());
    bytes.extend([0, 8]);
    bytes.extend(mode.to_be_bytes());
    bytes.extend([0; 12]);
    bytes.extend(planes);
    bytes
}

#[test]
fn the_merged_picture_of_a_photoshop_document_is_read() {
    let raw = psd(3, [2, 1], 3, &[0, 0, 10, 11, 20, 21, 30, 31]);
    assert_eq!(first_and_last(&decoded(&raw, "")), [[10, 20, 30, 255], [11, 21, 31, 255]]);
    // PackBits: five times 7; then a literal 1, 2 and three times 9.
    let packed = psd(1, [5, 2], 1, &[0, 1, 0, 2, 0, 5, 252, 7, 1, 1, 2, 254, 9]);
    let picture = decoded(&packed, "");
    let row = |y| (0..5).map(|x| picture.get_pixel(x, y).0[0]).collect::<Vec<_>>();
    assert_eq!((row(0), row(1)), (vec![7; 5], vec![1, 2, 9, 9, 9]));
    let cmyk = decode(&psd(4, [1, 1], 4, &[0, 0]), "", &DecodeOptions::default()).unwrap_err();
    assert!(cmyk.to_string().contains("CMYK"), "{cmyk}");
}

#[test]
fn sizes_are_refused_before_anything_is_made() {
    let huge: [Vec<u8>; 3] = [
        ktx2(37, [65_536, 65_536], 0, &[(&[0; 4], 4)], &[]),
        dds([60_000, 60_000], 1, four_cc(b"DXT1"), &[]),
        psd(3, [30_000, 30_000], 3, &[0, 0]),
    ];
    for bytes in huge {
        let error = decode(&bytes, "", &DecodeOptions::default()).unwrap_err();
        assert!(matches!(error, PictureError::TooLarge { .. }), "{error}");
    }
    let picture = encoded(&flag(40, 8).into(), ImageFormat::Png);
    let small = DecodeOptions { max_side_px: 39, ..DecodeOptions::default() };
    assert!(decode(&picture, "", &small).is_err());
    let few_bytes = DecodeOptions { max_bytes: 40 * 8 * 4 - 1, ..DecodeOptions::default() };
    assert!(decode(&picture, "", &few_bytes).is_err());
}

#[test]
fn what_is_not_decoded_says_to_save_as_png() {
    let message =
        |bytes: &[u8], mime: &str| decode(bytes, mime, &DecodeOptions::default()).unwrap_err().to_string();
    assert!(message(b"\0\0\0\x1cftypavif", "").contains("AVIF"));
    assert!(message(b"\xABKTX 11\xBB\r\n\x1a\n", "").contains("save it as PNG"));
    assert!(message(b"no picture at all", "").contains("save it as PNG"));
    // ETC2, which needs a card.
    let etc2 = ktx2(147, [4, 4], 0, &[(&[0; 8], 8)], &[]);
    assert!(message(&etc2, "").contains("ETC2"), "{}", message(&etc2, ""));
}

#[test]
fn every_cut_and_every_changed_byte_is_an_answer() {
    let pixels = ktx2(29, [2, 2], 0, &[(&[1; 12], 12)], &[]);
    let small = DecodeOptions { max_side_px: 64, ..DecodeOptions::default() };
    let files = [
        (encoded(&flag(6, 4).into(), ImageFormat::Png), ""),
        (encoded(&flag(6, 4).into(), ImageFormat::Tga), "image/x-tga"),
        (encoded(&flag(6, 4).into(), ImageFormat::Tiff), ""),
        (pixels, ""),
        (dds([8, 4], 1, four_cc(b"DXT5"), &[0; 32]), ""),
        (psd(1, [5, 2], 1, &[0, 1, 0, 2, 0, 5, 252, 7, 1, 1, 2, 254, 9]), ""),
    ];
    for (bytes, mime_type) in &files {
        for len in 0..bytes.len() {
            let _ = decode(&bytes[..len], mime_type, &small);
        }
        for at in 0..bytes.len().min(400) {
            for value in [0, 1, 127, 255] {
                let mut changed = bytes.clone();
                changed[at] = value;
                if let Ok(picture) = decode(&changed, mime_type, &small) {
                    assert!(picture.width().max(picture.height()) <= 64);
                }
            }
        }
    }
}

#[test]
fn another_encoding_is_written_as_png_without_loss() {
    let wide = image::ImageBuffer::from_pixel(3, 2, image::Luma([0x1234_u16]));
    let tiff = encoded(&DynamicImage::ImageLuma16(wide), ImageFormat::Tiff);
    let png = to_png(&tiff, "", &DecodeOptions::default()).unwrap();
    assert_eq!(image::load_from_memory(&png).unwrap().into_luma16().get_pixel(0, 0).0, [0x1234]);
    let bytes = dds([4, 4], 1, four_cc(b"DXT1"), &[0x00, 0xF8, 0x1F, 0x00, 0, 0, 0, 0]);
    let png = to_png(&bytes, "", &DecodeOptions::default()).unwrap();
    let opaque = image::load_from_memory(&png).unwrap();
    assert_eq!(opaque.color(), image::ColorType::Rgb8);
    assert_eq!(first_and_last(&opaque.into_rgba8())[0], [255, 0, 0, 255]);
}
