package chat

import (
	"encoding/json"
	"slices"
	"strings"
)

// The tags of a profile's standard fields.
const (
	TagNick            = "Tag_Profile_IM_Nick"
	TagFaceURL         = "Tag_Profile_IM_Image"
	TagGender          = "Tag_Profile_IM_Gender"
	TagBirthDay        = "Tag_Profile_IM_BirthDay"
	TagLocation        = "Tag_Profile_IM_Location"
	TagSelfSignature   = "Tag_Profile_IM_SelfSignature"
	TagAllowType       = "Tag_Profile_IM_AllowType"
	TagLanguage        = "Tag_Profile_IM_Language"
	TagMsgSettings     = "Tag_Profile_IM_MsgSettings"
	TagAdminForbidType = "Tag_Profile_IM_AdminForbidType"
	TagLevel           = "Tag_Profile_IM_Level"
	TagRole            = "Tag_Profile_IM_Role"

	// customProfilePrefix begins the tags of an app's own fields.
	customProfilePrefix = "Tag_Profile_Custom_"
)

// Values of TagAllowType: what becomes of a request to be friends. AllowAny is that
// of an account which has not chosen.
const (
	AllowAny    = "AllowType_Type_AllowAny"
	NeedConfirm = "AllowType_Type_NeedConfirm"
	DenyAny     = "AllowType_Type_DenyAny"
)

// Values of TagAdminForbidType. ForbidSendOut keeps an account from asking others to
// be friends.
const (
	ForbidNone    = "AdminForbid_Type_None"
	ForbidSendOut = "AdminForbid_Type_SendOut"
)

// Limits of profiles.
const (
	MaxLocationBytes = 16
	// MaxCustomFields is how many fields of the app's own a profile has.
	MaxCustomFields = 20
	// maxCustomTagBytes is the length of the name of such a field, without prefix.
	maxCustomTagBytes = 8
	// MaxProfileItems is how many fields one request sets.
	MaxProfileItems = 50
)

// Limits of user statuses.
const (
	MaxCustomStatusBytes = 100
	// MaxStatusBatch is how many users one query or subscription names.
	MaxStatusBatch = 500
)

// UserStatus is what storage knows of a user's presence.
type UserStatus struct {
	// Custom is how the user describes what he is doing.
	Custom string
	// LoggedIn is set while he has a session, connected or not.
	LoggedIn bool
	// Online is set while a client of his is connected, or was so lately that it may
	// come back.
	Online bool
}

// Field is one field of a profile or of an entry in a list of friends. Value is a
// string or an int64.
type Field struct {
	Tag   string
	Value any
}

// Profile is what an account says of itself.
type Profile struct {
	Person
	// Fields are all but nick and face, by tag. Those that are not set are missing.
	Fields map[string]any
}

// AllowType is what becomes of requests to be this user's friend.
func (p *Profile) AllowType() string {
	if v, ok := p.Fields[TagAllowType].(string); ok {
		return v
	}
	return AllowAny
}

// MayAsk reports whether the user may ask others to be friends.
func (p *Profile) MayAsk() bool { return p.Fields[TagAdminForbidType] != ForbidSendOut }

// numberTags are the standard fields that hold a number of 32 bits without sign.
var numberTags = map[string]bool{TagBirthDay: true, TagLanguage: true, TagMsgSettings: true, TagLevel: true, TagRole: true}

// choiceTags are the standard fields that hold one of a few words.
var choiceTags = map[string][]string{
	TagGender:          {"Gender_Type_Unknown", "Gender_Type_Female", "Gender_Type_Male"},
	TagAllowType:       {NeedConfirm, AllowAny, DenyAny},
	TagAdminForbidType: {ForbidNone, ForbidSendOut},
}

// textTags are the standard fields that hold a text, with its limit in bytes.
var textTags = map[string]int{
	TagNick: MaxProfileBytes, TagFaceURL: MaxProfileBytes, TagSelfSignature: MaxProfileBytes, TagLocation: MaxLocationBytes,
}

// ParseProfileField reads a field of a profile from its tag and its JSON value.
func ParseProfileField(tag string, value json.RawMessage) (Field, error) {
	choices, chosen := choiceTags[tag]
	limit, text := textTags[tag]
	switch {
	case numberTags[tag]:
		return parseNumber(tag, value)
	case chosen:
		return parseChoice(tag, value, choices)
	case text:
		return parseText(tag, value, limit)
	case IsCustomProfileTag(tag):
		return parseText(tag, value, MaxProfileBytes)
	}
	return Field{}, ErrProfileTag.Because("%s", Cut(tag, 64))
}

// IsCustomProfileTag reports whether tag names a field of the app's own.
func IsCustomProfileTag(tag string) bool { return isCustomTag(tag, customProfilePrefix) }

func isCustomTag(tag, prefix string) bool {
	key, ok := strings.CutPrefix(tag, prefix)
	if !ok || key == "" || len(key) > maxCustomTagBytes {
		return false
	}
	for _, r := range key {
		if (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '_' {
			return false
		}
	}
	return true
}

func parseNumber(tag string, value json.RawMessage) (Field, error) {
	var n uint32
	if err := json.Unmarshal(value, &n); err != nil || isNull(value) {
		return Field{}, ErrProfileType.Because("%s is a number of 32 bits", tag)
	}
	return Field{tag, int64(n)}, nil
}

func parseChoice(tag string, value json.RawMessage, choices []string) (Field, error) {
	var s string
	if err := json.Unmarshal(value, &s); err != nil || isNull(value) {
		return Field{}, ErrProfileType.Because("%s is a string", tag)
	}
	if !slices.Contains(choices, s) {
		return Field{}, ErrProfileValue.Because("%s is none of %s", tag, strings.Join(choices, ", "))
	}
	return Field{tag, s}, nil
}

func parseText(tag string, value json.RawMessage, limit int) (Field, error) {
	var s string
	switch err := json.Unmarshal(value, &s); {
	case err != nil, isNull(value):
		return Field{}, ErrProfileType.Because("%s is a string", tag)
	case len(s) > limit && limit < MaxProfileBytes:
		return Field{}, ErrProfileValue.Because("%s is longer than %d bytes", tag, limit)
	case len(s) > limit:
		return Field{}, ErrProfileTooLong
	}
	return Field{tag, s}, nil
}
