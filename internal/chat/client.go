package chat

import (
	"crypto/sha256"
	"encoding/binary"
	"strconv"
)

// Platform is where a request came from. Spec: webhooks#1.3
type Platform string

// The platforms.
const (
	PlatformREST    Platform = "RESTAPI"
	PlatformWeb     Platform = "Web"
	PlatformAndroid Platform = "Android"
	PlatformIOS     Platform = "iOS"
	PlatformWindows Platform = "Windows"
	PlatformMac     Platform = "Mac"
	PlatformIPad    Platform = "iPad"
	PlatformUnknown Platform = "Unknown"
)

// ClientPlatform is the platform behind a client's number. Mini programs and
// cross-platform frameworks run the Web SDK and count as Web.
func ClientPlatform(number int) Platform {
	switch number {
	case 1:
		return PlatformWindows
	case 2:
		return PlatformAndroid
	case 3:
		return PlatformIOS
	case 4:
		return PlatformMac
	case 7, 8, 9, 10, 11, 12, 15, 19, 20, 21:
		return PlatformWeb
	case 13:
		return PlatformIPad
	}
	return PlatformUnknown
}

// DeviceClass is a set of platforms of which a user has a limited number online.
type DeviceClass int

// The classes of devices.
const (
	DeviceWeb DeviceClass = iota
	DevicePhone
	DeviceTablet
	DeviceDesktop
)

// Class is the class of devices that a platform belongs to.
func (p Platform) Class() DeviceClass {
	switch p {
	case PlatformAndroid, PlatformIOS:
		return DevicePhone
	case PlatformIPad:
		return DeviceTablet
	case PlatformWindows, PlatformMac:
		return DeviceDesktop
	case PlatformWeb, PlatformREST, PlatformUnknown:
	}
	return DeviceWeb
}

// TinyID is the number that stands for an account in the IDs of its messages: the
// same for ever, and hardly ever that of another account. It is made of the name,
// so nobody has to look it up.
func TinyID(app SDKAppID, userID string) string {
	sum := sha256.Sum256(strconv.AppendInt([]byte(userID+"\x00"), int64(app), 10))
	const first = 1 << 57 // the range that clients know
	return strconv.FormatUint(first|binary.BigEndian.Uint64(sum[:8])>>8, 10)
}
