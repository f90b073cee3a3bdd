//! Closed sets of words that only rows use; those that travel are in `types`.

use types::text_enum;

text_enum! {
    /// Whether a tenant can still be used.
    TenantState {
        /// In use.
        Active = "active",
        /// Nobody of it is let in until it is resumed; what runs goes on and is billed.
        Suspended = "suspended",
        /// Left for good; nothing of it is removed.
        Closed = "closed",
    }
}

text_enum! {
    /// Who may order an offering, or by a plan of it.
    Audience {
        /// Every tenant.
        All = "all",
        /// The tenants that it was offered to.
        Chosen = "chosen",
    }
}

text_enum! {
    /// What kind of subject.
    SubjectKind {
        /// A person.
        User = "user",
        /// A program.
        Service = "service",
    }
}

text_enum! {
    /// Whether a subject can sign in.
    SubjectState {
        /// It can.
        Active = "active",
        /// It cannot, until it is made active again.
        Disabled = "disabled",
    }
}

text_enum! {
    /// What can take an approval: mutations of resources.
    Covered {
        /// Ordering an instance.
        PlaceOrder = "place_order",
        /// Changing the configuration of an instance.
        ChangeConfiguration = "change_configuration",
        /// Starting an instance.
        StartInstance = "start_instance",
        /// Stopping an instance.
        StopInstance = "stop_instance",
        /// Deleting an instance with its data.
        DeleteInstance = "delete_instance",
    }
}

text_enum! {
    /// Where something stands that was asked for and takes an approval.
    ApprovalState {
        /// Waits for those who approve.
        Open = "open",
        /// Was approved and done.
        Performed = "performed",
        /// Somebody who approves said no.
        Rejected = "rejected",
        /// Whoever asked takes it back.
        Withdrawn = "withdrawn",
        /// Nobody decided in time.
        Expired = "expired",
        /// Was approved, and could not be done any more as it was asked for.
        Outdated = "outdated",
    }
}

text_enum! {
    /// What happened to something that was asked for.
    ApprovalEntryKind {
        /// It was asked for.
        Asked = "asked",
        /// Somebody approved.
        Approved = "approved",
        /// Somebody said something.
        Commented = "commented",
        /// Somebody said no.
        Rejected = "rejected",
        /// It was taken back.
        Withdrawn = "withdrawn",
        /// Its time was over.
        Expired = "expired",
        /// It could not be done any more.
        Outdated = "outdated",
    }
}

text_enum! {
    /// Whom a binding concerns.
    HolderKind {
        /// A subject.
        Subject = "subject",
        /// A group.
        Group = "group",
    }
}

text_enum! {
    /// Whether people can sign in through a provider.
    IdentityProviderState {
        /// They can.
        Active = "active",
        /// They cannot, until it is made active again.
        Disabled = "disabled",
    }
}

text_enum! {
    /// What a node of the tree is.
    NodeKind {
        /// An organization.
        Organization = "organization",
        /// A project.
        Project = "project",
    }
}

text_enum! {
    /// What became of a node of the tree.
    TreeEventKind {
        /// It was made.
        Created = "created",
        /// It has another parent.
        Moved = "moved",
        /// It is gone.
        Deleted = "deleted",
    }
}

text_enum! {
    /// Where a move stands that was entered for an instant to come.
    PlannedMoveState {
        /// Its instant is still to come.
        Planned = "planned",
        /// It was made.
        Done = "done",
        /// It could not be made; the reason is kept with it.
        Failed = "failed",
        /// Somebody called it off.
        Cancelled = "cancelled",
    }
}

text_enum! {
    /// What was decided about a usage record; the words of the billing export.
    UsageStatus {
        /// Counts.
        Counted = "counted",
        /// Its resource was not known when it came.
        Unattributed = "unattributed",
        /// Breaks a rule; the reason says which.
        Rejected = "rejected",
        /// A counted record covers part of its interval.
        Overlap = "overlap",
    }
}

text_enum! {
    /// Why a usage record stands in the list of oddities.
    FlagKind {
        /// Its key came before with other content.
        Conflict = "conflict",
        /// It breaks a rule.
        Rejected = "rejected",
        /// A counted record covers part of its interval.
        Overlap = "overlap",
        /// Its resource is not known.
        Unattributed = "unattributed",
    }
}

text_enum! {
    /// Where a billing period stands.
    PeriodState {
        /// Runs, or waits to be closed.
        Open = "open",
        /// Waits for the cells' watermarks.
        Closing = "closing",
        /// Its bills are final.
        Closed = "closed",
    }
}

text_enum! {
    /// Whom a price book is for.
    PriceScope {
        /// Everybody.
        Global = "global",
        /// One tenant.
        Tenant = "tenant",
        /// One organization and all below.
        Organization = "organization",
    }
}

text_enum! {
    /// How a price line turns a quantity into an amount.
    PriceModel {
        /// Quantity ÷ per × unit price.
        Unit = "unit",
        /// Graduated by quantity within the period.
        Tiered = "tiered",
        /// A month's price by the share of its seconds.
        FlatMonth = "flat_month",
        /// Once.
        OneOff = "one_off",
    }
}

text_enum! {
    /// How something audited ended.
    AuditOutcome {
        /// It was done.
        Done = "done",
        /// It was refused.
        Refused = "refused",
    }
}
