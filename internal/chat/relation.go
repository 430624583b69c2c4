package chat

import (
	"encoding/json"
	"time"
)

// Limits of relations.
const (
	MaxFriends      = 3000
	MaxFriendGroups = 32
	MaxBlocked      = 1000
	// MaxPendencies is how many requests to be friends a user has waiting, and how
	// many wait for him.
	MaxPendencies = 100
	MaxFollowing  = 5000

	MaxFriendGroupBytes = 30
	MaxRemarkBytes      = 96
	MaxAddWordingBytes  = 256

	// MaxRelationBatch is how many accounts one request about relations names,
	// MaxFriendBatch one that adds friends, MaxFollowBatch one that follows.
	MaxRelationBatch = 1000
	MaxFriendBatch   = 100
	MaxFollowBatch   = 20
)

// The tags of an entry in a list of friends.
const (
	TagFriendGroups = "Tag_SNS_IM_Group"
	TagRemark       = "Tag_SNS_IM_Remark"
	TagAddSource    = "Tag_SNS_IM_AddSource"
	TagAddWording   = "Tag_SNS_IM_AddWording"
	TagAddTime      = "Tag_SNS_IM_AddTime"

	customFriendPrefix = "Tag_SNS_Custom_"
	addSourcePrefix    = "AddSource_Type_"
)

// Friend is one entry of a user's list of friends.
type Friend struct {
	// UserID is the friend's.
	UserID     string
	AddTime    time.Time
	Remark     string
	AddSource  string
	AddWording string
	// Groups are the user's groups of friends that this one is in, by name.
	Groups []string
	// Custom are the app's own fields by tag; values are strings or int64.
	Custom map[string]any
}

// FriendGroup is one of a user's groups of friends.
type FriendGroup struct {
	Name    string
	Friends []string
}

// Pendency is a request to be friends that waits for its answer.
type Pendency struct {
	// ID grows in the order of asking.
	ID           int64
	Asker, Asked string
	Time         time.Time
	AddSource    string
	AddWording   string
	// Remark and Group are what the asker's list is to say of the other.
	Remark, Group string
	// Both puts each into the other's list.
	Both bool
}

// Tie is a relation that each of two users has to the other or has not.
type Tie struct{ Mine, Theirs bool }

// Since is a user on a list, and since when he is there.
type Since struct {
	UserID string
	Time   time.Time
}

// FollowKind is which of a user's follows are meant. The numbers are those of the
// protocol.
type FollowKind int

// The kinds of follows.
const (
	Followers FollowKind = 1
	Following FollowKind = 2
	Mutual    FollowKind = 3
)

// FollowCount is how many follow a user and how many he follows.
type FollowCount struct{ Followers, Following, Mutual int }

// ParseCustomFriendField reads one of the app's own fields of a friend. ok is false
// if tag names none.
func ParseCustomFriendField(tag string, value json.RawMessage) (f Field, ok bool, err error) {
	if !isCustomTag(tag, customFriendPrefix) {
		return Field{}, false, nil
	}
	var s string
	var n int64
	switch {
	case json.Unmarshal(value, &n) == nil && !isNull(value):
		return Field{tag, n}, true, nil
	case json.Unmarshal(value, &s) != nil, isNull(value):
		return Field{}, true, ErrRelationParameter.Because("%s is a string or a number", tag)
	case len(s) > MaxProfileBytes:
		return Field{}, true, ErrRelationParameter.Because("%s is longer than %d bytes", tag, MaxProfileBytes)
	}
	return Field{tag, s}, true, nil
}

// CheckAddSource returns why source cannot be the source of a request to be
// friends, or "".
func CheckAddSource(source string) string {
	if !isCustomTag(source, addSourcePrefix) {
		return "AddSource is not AddSource_Type_ and up to 8 letters"
	}
	return ""
}

// CheckFriendGroup returns why name cannot be that of a group of friends, or "".
func CheckFriendGroup(name string) string {
	switch {
	case name == "":
		return "the name of a group of friends is empty"
	case len(name) > MaxFriendGroupBytes:
		return "the name of a group of friends is longer than 30 bytes"
	}
	return ""
}
