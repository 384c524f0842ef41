//! What templates are given. Plain values only: what a template can't reach, it can't leak.

mod account;
mod admin;
mod board;
mod channel;
mod form;
mod frame;
mod job;
mod notification;
mod operator;
mod placement;
mod preview;
#[cfg(test)]
mod samples;
mod settings;
mod team;
#[cfg(test)]
mod tests;
mod unsubscribe;

pub(crate) use account::{
    Account, AccountAddress, AccountBoard, AccountTotp, AccountTotpOff, AddressAsked, Forgot, Join, LoginCode,
    RecoveryCodes, Register, RegisterLink, Reset, SessionView,
};
pub(crate) use admin::{
    AdminJob, AdminJobEdit, AdminJobs, Attention, Event, FieldDifference, Pending, Queue, StateTab, Trouble,
};
pub(crate) use board::{BoardCard, Boards, ErrorItem, ErrorPage, FeedLink, Listing, Login, Resend, Setup, TagLink};
pub(crate) use channel::{
    ChannelCard, ChannelDelivery, ChannelHead, ChannelHistory, ChannelMail, ChannelNew, ChannelPage, ChannelProblem,
    ChannelRemove, ChannelTemplate, Channels, LaneView, MailRow, PluginCard, ProblemWords, SuppressionRow,
    TemplatePreview, TemplateVariable, TestView, Verified,
};
pub(crate) use form::{FieldView, ForgetView, FormError, FormView, Group, MoneyView, OptionView, PlaceRow, ShareView};
pub(crate) use frame::{BoardView, Frame, StaffView};
pub(crate) use job::{
    CustomField, JobBody, JobCard, JobPage, LinkEnded, May, MyEdit, MyJob, Place, RenewalForm, Submit, Submitted,
};
pub(crate) use notification::{
    BoardMailKind, BoardMailPage, BoardMailWords, FailedNotice, MailServerNow, MailTest, NotificationChoice,
    NotificationStopPage, NotificationsPage,
};
pub(crate) use operator::{
    AskView, DisabledPlugin, GrantView, PluginProblem, PluginReview, PluginView, Plugins, RollbackView, UploadProblem,
};
pub(crate) use placement::{
    AttemptView, ChannelChoice, Moment, PlacementGroup, PlacementMay, PlacementPage, PlacementTab, PlacementView,
    Placements, StoppedChannel,
};
pub(crate) use preview::{
    DiscordView, EmbedField, EmbedText, EmbedView, MailView, PreviewMessage, PreviewProblem, PreviewView,
};
pub(crate) use settings::{FirstStep, SettingNow, Settings};
pub(crate) use team::{InvitationView, MemberView, Team, WaitingView};
pub(crate) use unsubscribe::UnsubscribePage;
