//! The signs of a camera in the metadata of a picture.
//! Turning the picture upright is left to the decoders, which know its orientation.

use exif::{In, Reader, Tag};

/// Whether `metadata`, a bare EXIF block, tells of an exposure: scanners name themselves too, but expose nothing.
pub(crate) fn is_of_camera(metadata: &[u8]) -> bool {
    const EXPOSURE: [Tag; 4] =
        [Tag::ExposureTime, Tag::FNumber, Tag::FocalLength, Tag::PhotographicSensitivity];
    let Ok(exif) = Reader::new().read_raw(metadata.to_vec()) else { return false };
    EXPOSURE.iter().any(|tag| exif.get_field(*tag, In::PRIMARY).is_some())
}
