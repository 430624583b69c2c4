package chat

// The refusals that operations and edges return, one for each code and meaning.
// Texts that real servers are known to send are used word for word.
// Spec: rest-common#5
var (
	// Gateway.

	ErrRequestURL       = &Error{Code: 60002, Text: "HTTP parse Error"}
	ErrRequestBody      = &Error{Code: 60003, Text: "request body is no JSON object"}
	ErrIdentifier       = &Error{Code: 60004, Text: "identifier is missing or malformed"}
	ErrUserSigMissing   = &Error{Code: 60005, Text: "usersig is missing"}
	ErrSDKAppID         = &Error{Code: 60006, Text: "sdkappid is no valid app ID"}
	ErrTooManyRequests  = &Error{Code: 60007, Text: "this command is called too often"}
	ErrTimeout          = &Error{Code: 60008, Text: "service timeout or request format error,please check and try again"}
	ErrUnknownCommand   = &Error{Code: 60009, Text: "no such service or command, check the URL"}
	ErrNotAdministrator = &Error{Code: 60010, Text: "an administrator of the app is required"}
	ErrSDKAppIDMissing  = &Error{Code: 60012, Text: "sdkappid is missing"}
	ErrOverloaded       = &Error{Code: 60018, Text: "the server is busy, retry later"}
	ErrContentType      = &Error{Code: 60025, Text: "contenttype must be json"}

	// UserSig and accounts.

	ErrUserSigExpired   = &Error{Code: 70001, Text: "UserSig is expired"}
	ErrUserSigEmpty     = &Error{Code: 70002, Text: "UserSig is empty"}
	ErrUserSigMalformed = &Error{Code: 70003, Text: "UserSig cannot be parsed"}
	ErrUserSigInvalid   = &Error{Code: 70009, Text: "UserSig does not verify, check the secret key"}
	ErrUserSigUser      = &Error{Code: 70013, Text: "UserSig was made for another identifier"}
	ErrUserSigApp       = &Error{Code: 70014, Text: "UserSig was made for another sdkappid"}
	ErrAppNotFound      = &Error{Code: 70020, Text: "no app has this sdkappid"}
	ErrAccountNotFound  = &Error{Code: 70107, Text: "Err_TLS_PT_Open_Login_Account_Not_Exist"}
	ErrAccountBatch     = &Error{Code: 70206, Text: "invalid batch quantity"}
	ErrAccountParameter = &Error{Code: 70402, Text: "invalid parameter"}
	ErrAccountInternal  = &Error{Code: 70500, Text: "internal error, retry later"}
	ErrProfileTooLong   = &Error{Code: 40601, Text: "profile value is longer than 500 bytes"}

	// Groups.

	ErrInternal          = &Error{Code: 10002, Text: "internal error, retry later"}
	ErrParameter         = &Error{Code: 10004, Text: "invalid parameter"}
	ErrNameTooLong       = &Error{Code: 10004, Text: "group name is too long"}
	ErrIntroTooLong      = &Error{Code: 10004, Text: "introduction is too long"}
	ErrOwnerCannotQuit   = &Error{Code: 10009, Text: "the owner cannot quit the group"}
	ErrAlreadyMember     = &Error{Code: 10013, Text: "this user is a member already"}
	ErrAlreadyHandled    = &Error{Code: 10024, Text: "this application was handled already"}
	ErrNotRecaller       = &Error{Code: 10031, Text: "only the sender and the group's administrators recall this message"}
	ErrBanned            = &Error{Code: 10046, Text: "this user is banned from the group"}
	ErrAttributeConflict = &Error{Code: 10056, Text: "the attributes were changed by somebody else meanwhile"}
	ErrTooManyAccounts   = &Error{Code: 10005, Text: "too many accounts in the request"}
	ErrNotPermitted      = &Error{Code: 10007, Text: "not permitted"}
	ErrGroupNotFound     = &Error{Code: 10010, Text: "this group does not exist"}
	ErrGroupFull         = &Error{Code: 10014, Text: "this group is full"}
	ErrGroupID           = &Error{Code: 10015, Text: "GroupId is malformed"}
	ErrRefusedByApp      = &Error{Code: 10016, Text: "refused by the app's webhook"}
	ErrMuted             = &Error{Code: 10017, Text: "the sender is muted"}
	ErrAnswerTooLarge    = &Error{Code: 10018, Text: "the answer would be larger than 1 MB, ask for less"}
	ErrUserNotFound      = &Error{Code: 10019, Text: "this account does not exist"}
	ErrGroupIDTaken      = &Error{Code: 10021, Text: "group id has be used!"}
	ErrTooFrequent       = &Error{Code: 10023, Text: "msg count exceeds limit,please retry later"}
	ErrGroupIDTakenByOwn = &Error{Code: 10025, Text: "group id has be used by youself!"}
	ErrMessageNotFound   = &Error{Code: 10030, Text: "no such message"}
	ErrNotRecallable     = &Error{Code: 10032, Text: "this message cannot be recalled"}
	ErrMemberLimit       = &Error{Code: 10038, Text: "the member limit is larger than the app allows"}
	ErrNoHistory         = &Error{Code: 10044, Text: "this type of group keeps no history"}
	ErrTooManyMentions   = &Error{Code: 10053, Text: "a message mentions at most 30 members"}
	ErrReceiptGroupSize  = &Error{Code: 10060, Text: "this group is too large for read receipts"}
	ErrReceiptOnline     = &Error{Code: 10061, Text: "online messages have no read receipts"}
	ErrTooManyTopics     = &Error{Code: 10036, Text: "this community has too many topics"}
	ErrTopicNotFound     = &Error{Code: 110013, Text: "this topic does not exist"}
	ErrTopicID           = &Error{Code: 110013, Text: "TopicId is malformed"}

	// Message content.

	ErrBlockedContent = &Error{Code: 80001, Text: "the text is refused by content filtering"}
	ErrMessageTooLong = &Error{Code: 80002, Text: "the message is longer than 12 KB"}
	ErrWebhookFailed  = &Error{Code: 80003, Text: "the app's webhook before sending failed or timed out"}
	ErrMsgKey         = &Error{Code: 90054, Text: "MsgKey is malformed"}

	// Sessions of clients.

	ErrKicked           = &Error{Code: 1002, Text: "this login was ended elsewhere"}
	ErrSessionEnded     = &Error{Code: 70001, Text: "the session is over, log in again"}
	ErrClientOverloaded = &Error{Code: 60022, Text: "too many requests, retry later"}

	// One-to-one messages.

	ErrPairRequest        = &Error{Code: 90001, Text: "malformed request"}
	ErrPairAccount        = &Error{Code: 20003, Text: "this account does not exist"}
	ErrPairRefusedByApp   = &Error{Code: 20006, Text: "refused by the app's webhook"}
	ErrBlocked            = &Error{Code: 20007, Text: "the receiver has blocked the sender"}
	ErrRecallTooLate      = &Error{Code: 20022, Text: "this message is too old to be recalled"}
	ErrAlreadyRecalled    = &Error{Code: 20023, Text: "this message was recalled already"}
	ErrNotSender          = &Error{Code: 20024, Text: "only the sender recalls a message"}
	ErrPairMessageUnknown = &Error{Code: 20026, Text: "no such message"}
	ErrModifyConflict     = &Error{Code: 20027, Text: "the message was modified by somebody else meanwhile"}

	// Profiles, relations and conversations.

	ErrProfileParameter  = &Error{Code: 40001, Text: "invalid parameter"}
	ErrRelationParameter = &Error{Code: 30001, Text: "invalid parameter"}
	ErrRelationAccount   = &Error{Code: 30003, Text: "this account does not exist"}
	ErrRecentParameter   = &Error{Code: 50002, Text: "invalid parameter"}

	ErrContactBatch         = &Error{Code: 51006, Text: "1 to 100 conversations are marked at once"}
	ErrTooManyMarked        = &Error{Code: 51008, Text: "too many conversations carry marks or are in conversation groups"}
	ErrContactGroupNotFound = &Error{Code: 51009, Text: "no such conversation group"}
	ErrTooManyContactGroups = &Error{Code: 51010, Text: "a user has at most 20 conversation groups"}
	ErrContactGroupName     = &Error{Code: 51011, Text: "a conversation group's name has 1 to 32 bytes"}
	ErrTooManyPinned        = &Error{Code: 51012, Text: "a user pins at most 50 conversations"}

	ErrProfileNoAccount    = &Error{Code: 40002, Text: "To_Account is missing"}
	ErrProfileAccount      = &Error{Code: 40003, Text: "this account does not exist"}
	ErrProfileNotPermitted = &Error{Code: 40004, Text: "only an administrator of the app changes the profiles of others"}
	ErrProfileReadOnly     = &Error{Code: 40008, Text: "this field cannot be written"}
	ErrProfileTag          = &Error{Code: 40009, Text: "no such field"}
	ErrProfileValue        = &Error{Code: 40605, Text: "the field has no such value"}
	ErrProfileType         = &Error{Code: 40610, Text: "the field has another type"}

	ErrRelationNotPermitted = &Error{Code: 30004, Text: "only an administrator of the app changes the relations of others"}
	ErrMayNotAsk            = &Error{Code: 30009, Text: "this account must not ask others to be friends"}
	ErrFriendsFull          = &Error{Code: 30010, Text: "the list of friends is full"}
	ErrFriendGroupsFull     = &Error{Code: 30011, Text: "there are too many groups of friends"}
	ErrPendenciesFull       = &Error{Code: 30012, Text: "too many requests wait for an answer"}
	ErrBlockedFull          = &Error{Code: 30013, Text: "the black list is full"}
	ErrPeerFriendsFull      = &Error{Code: 30014, Text: "the other's list of friends is full"}
	ErrBlockedByMe          = &Error{Code: 30515, Text: "this account is on your black list"}
	ErrDeniesRequests       = &Error{Code: 30516, Text: "this account takes no requests"}
	ErrBlockedByPeer        = &Error{Code: 30525, Text: "you are on the black list of this account"}
	ErrPending              = &Error{Code: 30539, Text: "the request waits for confirmation"}
	ErrFriendRefusedByApp   = &Error{Code: 30540, Text: "refused by the app's webhook"}
	ErrNoPendency           = &Error{Code: 30614, Text: "there is no such request"}
	ErrNoFriend             = &Error{Code: 31704, Text: "this account is no friend"}
	ErrFriendGroupMember    = &Error{Code: 32216, Text: "this account is no friend"}
	ErrFollowingFull        = &Error{Code: 32100, Text: "you follow too many accounts"}

	// Attributes, counters and what is attached to messages.

	ErrAttributeKey      = &Error{Code: 10045, Text: "the key of an attribute is 1 to 32 bytes long"}
	ErrAttributeValue    = &Error{Code: 10046, Text: "the value of an attribute is longer than 4000 bytes"}
	ErrTooManyAttributes = &Error{Code: 10047, Text: "a group has at most 16 attributes"}
	ErrAttributesTooLong = &Error{Code: 10048, Text: "the attributes of a group are longer than 16000 bytes"}
	ErrAttributeRate     = &Error{Code: 10049, Text: "the attributes of this group are written too often"}
	ErrAttributeNotFound = &Error{Code: 10050, Text: "no such attribute"}
	ErrTooManyCounters   = &Error{Code: 10063, Text: "a group has at most 20 counters"}
	ErrTooManyPins       = &Error{Code: 10070, Text: "a group has at most 10 pinned messages"}
	ErrExtensionConflict = &Error{Code: 23001, Text: "the pair was changed by somebody else meanwhile"}
	ErrNoExtensions      = &Error{Code: 23002, Text: "this message does not support extensions"}
	ErrExtensionRate     = &Error{Code: 23003, Text: "the extensions of this message are written too often"}
	ErrMarkedNotFound    = &Error{Code: 23004, Text: "no such message"}
	ErrExtensionNotFound = &Error{Code: 23004, Text: "no such pair"}
	ErrTooManyReactions  = &Error{Code: 23005, Text: "a message has at most 10 reactions"}
	ErrReactionFull      = &Error{Code: 23006, Text: "at most 100 users share a reaction"}
	ErrReactedAlready    = &Error{Code: 23007, Text: "this user has reacted so already"}
	ErrReactionNotFound  = &Error{Code: 23008, Text: "nobody has reacted so"}
	ErrNotReacted        = &Error{Code: 23009, Text: "this user has not reacted so"}

	// Official accounts.

	ErrOfficialParameter    = &Error{Code: 6017, Text: "invalid parameter"}
	ErrOfficialRequest      = &Error{Code: 20001, Text: "malformed request"}
	ErrOfficialInternal     = &Error{Code: 20005, Text: "internal error, retry later"}
	ErrOfficialOwner        = &Error{Code: 20003, Text: "Owner_Account does not exist"}
	ErrOfficialNotFound     = &Error{Code: 130004, Text: "this official account does not exist"}
	ErrOfficialFull         = &Error{Code: 130006, Text: "this official account is full"}
	ErrOfficialID           = &Error{Code: 130007, Text: "OfficialAccountUserID is malformed"}
	ErrOfficialIDTaken      = &Error{Code: 130008, Text: "OfficialAccountUserID is already in use"}
	ErrSubscriptionNotFound = &Error{Code: 131003, Text: "this user is no subscriber"}
)

// Custom codes with which an app's before-webhook may refuse a message; code
// and text are handed on to the sender unchanged. Spec: webhooks#4.1, webhooks#4.9
const (
	GroupRefusalMin    = 10100
	GroupRefusalMax    = 10200
	OfficialRefusalMin = 120001
	OfficialRefusalMax = 130000
)
