package api

// OfflinePushInfo says how a message is announced to devices that are offline.
// The server keeps it with the message and hands it to the clients and to what
// delivers pushes. A field of the wrong type gives 10004.
type OfflinePushInfo struct {
	// PushFlag is 0 to push and 1 not to. Optional, default 0.
	PushFlag int `json:"PushFlag,omitempty"`
	// Title is the heading. Optional.
	Title string `json:"Title,omitempty"`
	// Desc is the text; it replaces the one that is made from the elements of
	// the message. With Ext it should stay under 3 KB, which is what push
	// services take. Optional.
	Desc string `json:"Desc,omitempty"`
	// Ext is handed to the app; it is JSON text. Optional.
	Ext string `json:"Ext,omitempty"`
	// AndroidInfo is for Android devices. Optional.
	AndroidInfo *AndroidPushInfo `json:"AndroidInfo,omitempty"`
	// ApnsInfo is for Apple devices. Optional.
	ApnsInfo *ApnsPushInfo `json:"ApnsInfo,omitempty"`
}

// AndroidPushInfo is the part of OfflinePushInfo for Android devices.
type AndroidPushInfo struct {
	// Sound is the path of the sound file. Optional.
	Sound string `json:"Sound,omitempty"`
	// PushStyle is the style of the notification. Optional, default 0.
	PushStyle int `json:"PushStyle,omitempty"`
	// HuaWeiChannelID is the notification channel on Huawei devices. Optional.
	HuaWeiChannelID string `json:"HuaWeiChannelID,omitempty"`
	// XiaoMiChannelID is the notification channel on Xiaomi devices. Optional.
	XiaoMiChannelID string `json:"XiaoMiChannelID,omitempty"`
	// OPPOChannelID is the notification channel on OPPO devices. Optional.
	OPPOChannelID string `json:"OPPOChannelID,omitempty"`
	// GoogleChannelID is the notification channel for Google's push service.
	// Optional.
	GoogleChannelID string `json:"GoogleChannelID,omitempty"`
	// VIVOClassification is 0 for operational and 1 for system messages on vivo
	// devices. Optional, default 1.
	VIVOClassification *int `json:"VIVOClassification,omitempty"`
	// VIVOCategory is the category on vivo devices. Optional.
	VIVOCategory string `json:"VIVOCategory,omitempty"`
	// HuaWeiCategory is the category on Huawei devices. Optional.
	HuaWeiCategory string `json:"HuaWeiCategory,omitempty"`
	// HuaWeiImportance is "LOW" or "NORMAL", on Huawei devices. Optional.
	HuaWeiImportance string `json:"HuaWeiImportance,omitempty"`
	// HonorImportance is "LOW" or "NORMAL", on Honor devices. Optional.
	HonorImportance string `json:"HonorImportance,omitempty"`
	// ExtAsHuaweiIntentParam is 1 to hand Ext to Huawei devices as a parameter
	// of the intent and 0 to hand it over as the action. Optional, default 0.
	ExtAsHuaweiIntentParam int `json:"ExtAsHuaweiIntentParam,omitempty"`
	// HuaWeiImage is the address of a picture for Huawei devices. Optional.
	HuaWeiImage string `json:"HuaWeiImage,omitempty"`
	// HonorImage is the address of a picture for Honor devices. Optional.
	HonorImage string `json:"HonorImage,omitempty"`
	// GoogleImage is the address of a picture for Google's push service.
	// Optional.
	GoogleImage string `json:"GoogleImage,omitempty"`
}

// ApnsPushInfo is the part of OfflinePushInfo for Apple devices.
type ApnsPushInfo struct {
	// Sound names the sound. Optional.
	Sound string `json:"Sound,omitempty"`
	// BadgeMode is 0 to count the message in the badge and 1 not to. Optional,
	// default 0.
	BadgeMode int `json:"BadgeMode,omitempty"`
	// Title is the heading; it wins over the Title of OfflinePushInfo. Optional.
	Title string `json:"Title,omitempty"`
	// SubTitle is the second heading. Optional.
	SubTitle string `json:"SubTitle,omitempty"`
	// Image is the address of a picture. Optional.
	Image string `json:"Image,omitempty"`
	// MutableContent is 1 to let an extension of the app change the
	// notification. Optional, default 0.
	MutableContent int `json:"MutableContent,omitempty"`
	// ContentAvailable is 1 to wake the app in the background. Optional, default
	// 0.
	ContentAvailable int `json:"ContentAvailable,omitempty"`
	// InterruptionLevel is "active", "critical", "passive" or "time-sensitive".
	// Optional.
	InterruptionLevel string `json:"InterruptionLevel,omitempty"`
}
