//! Bugs that are planted on request, around the real programs and never in them: in what carries
//! their messages, in the machine that runs members, in the people.
//!
//! A check that never found anything proves nothing; each of these has to be found.

use std::str::FromStr;

macro_rules! planted {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {
        /// A bug.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Planted { $($(#[$doc])* $name,)* }

        impl Planted {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// Its name on the command line.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

planted! {
    /// The plane acknowledges usage that it did not commit.
    AckBeforeSave = "ack-before-save";
    /// The agent forgets usage when no answer came.
    ForgetBeforeAck = "forget-before-ack";
    /// The plane adds a batch to the hours twice.
    RollupTwice = "rollup-twice";
    /// The agent says that usage is complete when it is not.
    WatermarkAhead = "watermark-ahead";
    /// The plane loses entries of the history of states.
    StatesLost = "states-lost";
    /// The plane acknowledges an outcome that it did not record.
    OutcomeLost = "outcome-lost";
    /// The agent takes an old wish for a new one.
    GenerationIgnored = "generation-ignored";
    /// The agent skips a change and believes to have it.
    RevisionSkipped = "revision-skipped";
    /// The agent removes what the plane does not speak of.
    AbsenceDeletes = "absence-deletes";
    /// The plane tells a cell what is meant for another.
    OtherCell = "other-cell";
    /// The agent does not reckon with its clock being off.
    OffsetIgnored = "offset-ignored";
    /// A removal is believed to be done that was not.
    RemovalBelieved = "removal-believed";
    /// A step that is repeated after a crash makes a second member.
    PlaceTwice = "place-twice";
    /// A person's program repeats a request under a new key.
    NewKey = "new-key";
}

impl FromStr for Planted {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.iter().find(|planted| planted.as_str() == text);
        found.copied().ok_or_else(|| format!("no bug is called {text}"))
    }
}
