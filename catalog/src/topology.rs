//! Which members a topology has.

use crate::package::Package;

/// A member to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopologyMember {
    /// Counts from 0 within the instance.
    pub ordinal: i32,
    /// The member role it is made with.
    pub role: String,
    /// Members start in this order; equal ones may start together.
    pub start_order: i32,
}

/// The members of a topology in the order of their ordinals; none if the package lacks it.
pub fn members(package: &Package, topology: &str) -> Option<Vec<TopologyMember>> {
    let rules = &package.manifest().topology(topology)?.members;
    let each = rules.iter().flat_map(|rule| std::iter::repeat_n(rule, usize::from(rule.count)));
    let members = (0..).zip(each).map(|(ordinal, rule)| TopologyMember {
        ordinal,
        role: rule.role.clone(),
        start_order: rule.start_order,
    });
    Some(members.collect())
}
