//! The states of channels, copies and calls, with their names in the database and in the API.

use crate::wire::wire_enum;

wire_enum! {
    /// Whether a channel works.
    ChannelState {
        /// It works.
        Active = "active",
        /// A person paused it, or the platform refused its credential or settings: its placements wait.
        Paused = "paused",
    }
}

wire_enum! {
    /// What a lane's pace holds for.
    Lane {
        /// Everything that shares the credential.
        Credential = "credential",
        /// Everything that goes to the same destination.
        Destination = "destination",
        /// Everything that one plugin sends from this installation.
        Server = "server",
    }
}

wire_enum! {
    /// What should be on the channel.
    Desired {
        /// The job, with the text of its desired revision.
        Present = "present",
        /// The job, struck through: it has been filled.
        Closed = "closed",
        /// Nothing.
        Absent = "absent",
    }
}

wire_enum! {
    /// What is known of the copy.
    PlacementState {
        /// Waiting to be sent.
        Pending = "pending",
        /// A call is under way.
        Sending = "sending",
        /// It is there.
        Published = "published",
        /// It may be there: the answer was lost, and a person has to look.
        Unverified = "unverified",
        /// It was refused, given up or deleted on the platform: a person has to act.
        Failed = "failed",
        /// Waiting for its channel to work again.
        Blocked = "blocked",
        /// It is there, with the text before the last edit: the plugin can't change it.
        Outdated = "outdated",
        /// It is there, struck through.
        Closed = "closed",
        /// It stays there as it is, though it should be struck through or gone: the plugin can't do that.
        Remains = "remains",
        /// It isn't there (any more).
        Retracted = "retracted",
    }
}

wire_enum! {
    /// What the last look at a copy showed.
    Presence {
        /// It is as it should be.
        Present = "present",
        /// Somebody changed it on the platform.
        Altered = "altered",
        /// Somebody deleted it there.
        Absent = "absent",
        /// The platform can't be asked.
        Unknowable = "unknowable",
    }
}

wire_enum! {
    /// What is asked of a channel.
    Operation {
        /// Make the copy.
        Publish = "publish",
        /// Bring it up to date.
        Update = "update",
        /// Strike it through.
        Close = "close",
        /// Take it away.
        Retract = "retract",
        /// Find out whether a copy was made.
        Locate = "locate",
        /// Look whether the copy is still there, and as it should be.
        Check = "check",
    }
}

wire_enum! {
    /// How a call of a plugin ended, or why none was made.
    Outcome {
        /// It hasn't ended yet.
        Started = "started",
        /// The process stopped during the call, and it may simply be repeated.
        Interrupted = "interrupted",
        /// The copy was made.
        Published = "published",
        /// The copy was brought up to date.
        Updated = "updated",
        /// The plugin, or its platform, can't do that.
        Unsupported = "unsupported",
        /// The copy was struck through.
        Closed = "closed",
        /// The copy was taken away.
        Retracted = "retracted",
        /// The copy was found.
        Located = "located",
        /// A publish with an unknown outcome, of which a person said that it was sent.
        Sent = "sent",
        /// A publish that certainly wasn't sent.
        NotSent = "not_sent",
        /// Whether it was sent isn't known, and the platform recognises a repetition.
        Repeatable = "repeatable",
        /// The platform can't be asked.
        Unknowable = "unknowable",
        /// A publish that may have been sent. The guarantee that nothing is sent twice depends on it.
        Unverified = "unverified",
        /// Any other call with an unknown outcome.
        Uncertain = "uncertain",
        /// A part of the copy is there.
        Unfinished = "unfinished",
        /// The plugin isn't installed here.
        NotInstalled = "not_installed",
        /// No request could be made, and neither the platform nor the placement is the reason.
        NotNow = "not_now",
        /// The platform refused the credential.
        Unauthorized = "unauthorized",
        /// The settings aren't valid.
        InvalidSettings = "invalid_settings",
        /// The platform asked to wait.
        RateLimited = "rate_limited",
        /// The platform, or the connection to it, failed.
        Transient = "transient",
        /// The platform refused the post.
        Rejected = "rejected",
        /// The destination has moved.
        Moved = "moved",
        /// The copy no longer exists.
        Gone = "gone",
        /// There is no receipt of the copy.
        NoRecord = "no_record",
        /// The copy is at a destination that the channel's settings no longer name, and the channel works.
        Elsewhere = "elsewhere",
        /// The plugin trapped.
        PluginTrapped = "plugin_trapped",
        /// The plugin's computation or the call took longer than the limit.
        PluginTimeout = "plugin_timeout",
        /// The plugin's answer was larger than the limit.
        PluginOversized = "plugin_oversized",
        /// The plugin broke its contract in another way.
        PluginFault = "plugin_fault",
        /// A check: the copy is as it should be.
        Present = "present",
        /// A check: somebody changed the copy.
        Altered = "altered",
        /// A check: somebody deleted the copy.
        Absent = "absent",
    }
}
