package chat

import "time"

// KickType is why a login was ended. The numbers are those of the client protocol.
type KickType int

// The reasons. KickedNot is that of a login which still holds.
const (
	KickedNot        KickType = 0
	KickedByInstance KickType = 1
	KickedByDevice   KickType = 2
	KickedByREST     KickType = 3
)

// GhostTime is how long a user whose connection was lost counts as online, as long as
// the server that he was connected to is alive.
const GhostTime = 60 * time.Second

// Who is in an AVChatRoom is there with a login, at whatever server.
const (
	// LostTime is after how long without connection the app is told that a member of a
	// room is offline.
	LostTime = 30 * time.Second
	// KeepTime is for how long a login without connection keeps what is pushed to it,
	// and its user in his rooms; later its client reads what it missed from storage.
	KeepTime = 5 * time.Minute
)

// Session is one login of a user with one instance of a client. It outlives its
// connections.
type Session struct {
	// Key is the hash of the token that the client shows with each request.
	Key string
	// Instance names the login within the app; it grows from login to login.
	Instance int64
	UserID   string
	Platform Platform
	ClientIP string
	// LoginTime is when it began, ExpireTime when its UserSig runs out.
	LoginTime, ExpireTime time.Time
	// SeenTime is until when the client surely has all that was pushed to it;
	// zero while a connection is open.
	SeenTime time.Time
	// Node is the server that the client is connected to or was last, empty where
	// there is only one.
	Node string
	// Gone is set when the app was told that the client is gone.
	Gone   bool
	Kicked KickType
}
