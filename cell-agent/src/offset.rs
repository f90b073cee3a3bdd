//! The difference between the plane's clock and the own one: pure.

use types::instant::Instant;

/// Smaller differences are not worth a jump in what is reported.
const TOLERANCE_US: i64 = 1_000;

/// Microseconds to add to the own clock. The plane read its clock somewhere between sending and
/// receiving; what is known stays as long as it agrees with that.
pub(crate) fn measured(
    known_us: i64,
    sent_at: Instant,
    received_at: Instant,
    plane_time: Instant,
) -> i64 {
    let half_us = (received_at.micros() - sent_at.micros()) / 2;
    let offset_us = plane_time.micros() - (sent_at.micros() + half_us);
    let doubt_us = half_us.abs() + TOLERANCE_US;
    if (offset_us - known_us).abs() <= doubt_us { known_us } else { offset_us }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(known_us: i64, sent: i64, received: i64, plane: i64, expected: i64) {
        let at = Instant::from_micros;
        assert_eq!(measured(known_us, at(sent), at(received), at(plane)), expected);
    }

    #[test]
    fn the_middle_of_sending_and_receiving_is_the_planes_moment() {
        check(0, 1_000_000, 1_200_000, 6_100_000, 5_000_000);
        check(0, 6_000_000, 6_200_000, 1_100_000, -5_000_000);
    }

    #[test]
    fn what_agrees_with_the_measurement_stays() {
        check(0, 1_000_000, 1_200_000, 1_150_000, 0);
        check(4_950_000, 1_000_000, 1_200_000, 6_100_000, 4_950_000);
        check(4_000_000, 1_000_000, 1_200_000, 6_100_000, 5_000_000);
    }
}
