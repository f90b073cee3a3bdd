//! Dividing what tiered lines rate over their tiers, by position within the month.

use std::collections::HashMap;

use crate::error::RatingError;
use crate::ground::Ground;
use crate::meter::Meter;
use crate::piece::Piece;

/// One count: the owner, the meter, the plan of the line.
type Counter<'g> = (&'g str, Meter, Option<&'g str>);

/// Divides the pieces of one period, exactly at the boundaries. They are counted in order of clock
/// hour, resource, start, per owner, meter and plan of the line, through all stays and books.
pub(crate) fn divide<'g>(
    ground: &'g Ground<'g>,
    mut pieces: Vec<Piece<'g>>,
    mut each: impl FnMut(Piece<'g>),
) -> Result<(), RatingError> {
    pieces.sort_by_key(|piece| (piece.start.hour(), piece.resource, piece.start));
    let mut counted: HashMap<Counter<'g>, i128> = HashMap::new();
    for piece in pieces {
        let Some(line) = piece.line else { continue };
        let owner = ground.tree.placement(piece.placement).stretch.path[0];
        let position = counted.entry((owner, piece.meter, line.plan.as_deref())).or_default();
        let mut rest = piece.quantity;
        for (tier, number) in line.tiers()?.iter().zip(1..) {
            let room = tier.up_to.map_or(rest, |up_to| i128::from(up_to) - *position);
            let quantity = rest.min(room);
            if quantity <= 0 {
                continue;
            }
            each(Piece { quantity, tier: Some(number), ..piece });
            *position += quantity;
            rest -= quantity;
        }
    }
    Ok(())
}
