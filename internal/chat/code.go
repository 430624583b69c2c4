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
	ErrTopicNotFound     = &Error{Code: 110013, Text: "this topic does not exist"}

	// Message content.

	ErrBlockedContent = &Error{Code: 80001, Text: "the text is refused by content filtering"}
	ErrMessageTooLong = &Error{Code: 80002, Text: "the message is longer than 12 KB"}
	ErrWebhookFailed  = &Error{Code: 80003, Text: "the app's webhook before sending failed or timed out"}
	ErrMsgKey         = &Error{Code: 90054, Text: "MsgKey is malformed"}

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
