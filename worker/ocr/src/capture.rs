//! Tells from measurable signs how a page came to be a file.
//! Reading it is left to `recognise`.

use document::Capture;

use crate::decode::Picture;

/// How `picture` was captured.
pub(crate) fn of(picture: &Picture) -> Capture {
    match () {
        () if picture.camera => Capture::Photo,
        () if picture.bilevel => Capture::Fax,
        () => Capture::Scan,
    }
}
