//! What the audit log can say was done, and to what.

use crate::wire::wire_enum;

wire_enum! {
    /// What was done. The log is never rewritten: a value stays in this list although nothing writes it any more.
    AuditAction {
        /// An offer was handed in.
        JobSubmit = "job.submit",
        /// Staff, or an import, changed what an offer says.
        JobEdit = "job.edit",
        /// Its poster changed an offer; of a live one, a moderator decides.
        JobPropose = "job.propose",
        /// It was published, or given a time.
        JobApprove = "job.approve",
        /// It was refused.
        JobReject = "job.reject",
        /// Its poster was asked to mend it.
        JobRequestChanges = "job.request_changes",
        /// It was refused as spam.
        JobSpam = "job.spam",
        /// It was taken off the board.
        JobClose = "job.close",
        /// Its poster took it back before it was published.
        JobWithdraw = "job.withdraw",
        /// It was marked as filled.
        JobFill = "job.fill",
        /// Its time was over.
        JobExpire = "job.expire",
        /// Its time had come.
        JobPublish = "job.publish",
        /// It was given another time.
        JobReschedule = "job.reschedule",
        /// Its end was undone.
        JobReopen = "job.reopen",
        /// Its last day was moved.
        JobRenew = "job.renew",
        /// Its poster's change was taken over.
        JobApproveRevision = "job.approve_revision",
        /// Its poster's change was dropped.
        JobDiscardRevision = "job.discard_revision",
        /// It got a new private link, and the older ones ended.
        JobReissueLink = "job.reissue_link",
        /// Its private links ended.
        JobRevokeLink = "job.revoke_link",
        /// A channel was added.
        ChannelCreate = "channel.create",
        /// A channel's settings, secrets, template or rules were changed.
        ChannelUpdate = "channel.update",
        /// Its platform was asked whether it may post there, and said yes.
        ChannelVerify = "channel.verify",
        /// A test message was sent there and taken away again.
        ChannelTest = "channel.test",
        /// It was stopped.
        ChannelPause = "channel.pause",
        /// It works again.
        ChannelResume = "channel.resume",
        /// Its platform moved the destination, and the settings followed.
        ChannelMoved = "channel.moved",
        /// It was removed.
        ChannelDelete = "channel.delete",
        /// It was removed although it had copies, which stay where they are.
        ChannelAbandon = "channel.abandon",
        /// Somebody gets no more mail of it.
        ChannelSuppress = "channel.suppress",
        /// Mail goes to somebody again who got none.
        ChannelLift = "channel.lift",
        /// A digest was sent again by a person's wish.
        ChannelSendMailAgain = "channel.send_mail_again",
        /// A digest that may not have been sent was left at that.
        ChannelLeaveMail = "channel.leave_mail",
        /// A copy was sent again, or brought back in line, by a person's wish.
        PlacementRetry = "placement.retry",
        /// A person said whether a copy is there.
        PlacementResolve = "placement.resolve",
        /// One copy was taken back.
        PlacementRetract = "placement.retract",
        /// It was asked whether a copy is still there.
        PlacementCheck = "placement.check",
        /// Somebody got a role, or another one.
        MemberSet = "member.set",
        /// Somebody's role was taken away.
        MemberRemove = "member.remove",
        /// Somebody was invited.
        MemberInvite = "member.invite",
        /// An invitation was taken back.
        MemberUninvite = "member.uninvite",
        /// Somebody who was invited came and got their role.
        MemberJoin = "member.join",
        /// A link that lets somebody join was made.
        InvitationCreate = "invitation.create",
        /// It was taken back.
        InvitationRevoke = "invitation.revoke",
        /// An API token was made.
        TokenCreate = "token.create",
        /// An API token was ended.
        TokenRevoke = "token.revoke",
        /// A board was made.
        TenantCreate = "tenant.create",
        /// A board was changed.
        TenantUpdate = "tenant.update",
        /// A person's address was erased from the board's mail.
        MailErase = "mail.erase",
        /// Somebody can sign in from now on.
        UserCreate = "user.create",
        /// Somebody has a new password, and their sessions ended.
        UserSetPassword = "user.set_password",
        /// Somebody signed in.
        UserLogIn = "user.log_in",
        /// Somebody signed out.
        UserLogOut = "user.log_out",
        /// Somebody tried to sign in with a wrong password; told once an hour, however often it was tried.
        UserLogInFailed = "user.log_in_failed",
        /// Somebody changed their name or language.
        UserUpdate = "user.update",
        /// Sessions of somebody were ended by hand.
        UserEndSessions = "user.end_sessions",
        /// A link for a new password was made.
        UserResetLink = "user.reset_link",
        /// A link that proves an address was mailed.
        UserAddressLink = "user.address_link",
        /// Somebody has another address.
        UserChangeAddress = "user.change_address",
        /// Somebody proved that the address of their account is theirs, or the operator said so.
        UserConfirmAddress = "user.confirm_address",
        /// Logging in asks for a code from now on.
        UserTotpOn = "user.totp_on",
        /// It asks for none any more.
        UserTotpOff = "user.totp_off",
        /// A recovery code was used up.
        UserRecoveryCode = "user.recovery_code",
        /// A version of a plugin was put into use.
        PluginInstall = "plugin.install",
        /// A plugin was granted something else.
        PluginGrant = "plugin.grant",
        /// A plugin's previous version was put back into use.
        PluginRollback = "plugin.rollback",
        /// A plugin was switched off.
        PluginDisable = "plugin.disable",
        /// A plugin was switched on again.
        PluginEnable = "plugin.enable",
        /// A plugin was taken away.
        PluginRemove = "plugin.remove",
    }
}

wire_enum! {
    /// What something was done to.
    SubjectKind {
        /// An offer.
        Job = "job",
        /// A channel.
        Channel = "channel",
        /// One offer on one channel.
        Placement = "placement",
        /// An API token.
        Token = "token",
        /// Somebody who can sign in.
        User = "user",
        /// An invitation, or a role that waits for its person.
        Invitation = "invitation",
        /// A board.
        Tenant = "tenant",
        /// A plugin of the installation.
        Plugin = "plugin",
    }
}
