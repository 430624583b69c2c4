package api

// Values of ActionStatus.
const (
	// ActionOK says that the call succeeded.
	ActionOK = "OK"
	// ActionFail says that it was refused or failed.
	ActionFail = "FAIL"
)

// MaxResponseBytes is the size that no response exceeds. A group command whose
// answer would be larger fails with 10018.
const MaxResponseBytes = 1 << 20

// Response is the part that all responses have in common. The HTTP status is
// 200 whatever it says. When the call failed, no further fields are sent.
type Response struct {
	// ActionStatus is "OK" when ErrorCode is 0 and "FAIL" otherwise.
	ActionStatus string `json:"ActionStatus"`
	// ErrorCode is 0 on success. A command that handles several items stays at 0
	// when only some of them failed; the items then carry codes of their own.
	ErrorCode int `json:"ErrorCode"`
	// ErrorInfo is the reason of a failure, for people. It is empty on success.
	ErrorInfo string `json:"ErrorInfo"`
}
