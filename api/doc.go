// Package api holds the request and response structs of the REST v4 commands
// and a small client that calls them.
//
// A command has one file with its request, its response and the client's
// method. The file is named after service and command: the service's short name
// (account, group, official) and the command, without saying the same word
// twice. So im_open_login_svc/account_import is account_import.go,
// group_open_http_svc/send_group_msg is group_send_group_msg.go, and
// group_open_http_svc/group_msg_recall is group_msg_recall.go. The types are
// named after the command alone: SendGroupMsgRequest, SendGroupMsgResponse.
// Structs that several commands share have files of their own.
//
// # Reading the fields
//
// Doc comments are the reference text of the API, and reference pages are made
// from them. A request field whose comment ends with the word "Required." must
// be sent; any other request field is optional. Sizes are in bytes of UTF-8 and
// times in seconds since 1970, unless a comment says otherwise. Numbers in
// comments such as 10004 are error codes. Beside the codes that a comment names,
// each command may answer with the codes of the gateway (60002 to 60028, 70001
// to 70052) and those for internal errors (10002 for groups, 70500 for accounts,
// 20005 for official accounts).
//
// # Absent, null and old names
//
// In a request, null means the same as leaving the field out. Fields whose
// absence differs from their zero value are pointers or slices. MsgBody alone is
// raw JSON, so that the server can judge what was really sent: null arrives
// there as the four bytes null.
//
// Some fields have an older name that clients still send. Both are declared, and
// a method of the request gives the value in force; the newer name wins when both
// are sent. Responses that have such a pair carry both names with equal values.
//
// Arrays in responses are never null. A nil slice is encoded as null where its
// field is always present, so who fills in a response must use empty slices
// there. Fields that a response filter may leave out are pointers, or slices
// that are left out when nil.
//
// # Client
//
// A Client may be used by any number of goroutines at once. It keeps no state
// beside its fields, repeats nothing by itself and needs no closing. Since the
// server answers a repeated send (same sender, target, Random and content) with
// the result of the first one, a send that got no answer may safely be repeated
// with the same request.
package api
