package api

// TextElem is the content of a TIMTextElem, a text.
type TextElem struct {
	// Text is the text, in UTF-8. It is also what a push notification shows.
	// Required.
	Text string `json:"Text"`
}

// MsgType returns "TIMTextElem".
func (TextElem) MsgType() string { return "TIMTextElem" }

// LocationElem is the content of a TIMLocationElem, a position on the earth.
type LocationElem struct {
	// Desc describes the place. Optional.
	Desc string `json:"Desc,omitempty"`
	// Latitude is the latitude in degrees. Required.
	Latitude float64 `json:"Latitude"`
	// Longitude is the longitude in degrees. Required.
	Longitude float64 `json:"Longitude"`
}

// MsgType returns "TIMLocationElem".
func (LocationElem) MsgType() string { return "TIMLocationElem" }

// FaceElem is the content of a TIMFaceElem, a sticker or emoji of the app.
type FaceElem struct {
	// Index is the number of the sticker; its meaning is up to the app.
	// Required.
	Index int `json:"Index"`
	// Data is extra data of the app. Optional.
	Data string `json:"Data,omitempty"`
}

// MsgType returns "TIMFaceElem".
func (FaceElem) MsgType() string { return "TIMFaceElem" }

// CustomElem is the content of a TIMCustomElem, whose meaning is up to the app.
// A message has at most one.
type CustomElem struct {
	// Data is the app's data. Optional.
	Data string `json:"Data,omitempty"`
	// Desc describes the element. It is the text of a push notification when
	// OfflinePushInfo has none; with neither, a message of only this element is
	// not pushed. Optional.
	Desc string `json:"Desc,omitempty"`
	// Ext is handed to push notifications as "ext". Optional.
	Ext string `json:"Ext,omitempty"`
	// Sound names the sound of a push notification. Optional.
	Sound string `json:"Sound,omitempty"`
}

// MsgType returns "TIMCustomElem".
func (CustomElem) MsgType() string { return "TIMCustomElem" }

// SoundElem is the content of a TIMSoundElem, a voice recording. The sender has
// put the file where URL points; the server passes the values on unchanged.
type SoundElem struct {
	// URL is where the recording can be downloaded. Required.
	URL string `json:"Url"`
	// UUID is a unique key of the recording. Required.
	UUID string `json:"UUID"`
	// Size is the size in bytes. Optional.
	Size int64 `json:"Size,omitempty"`
	// Second is the duration in seconds. Optional.
	Second int `json:"Second,omitempty"`
	// DownloadFlag is 2, for a download through URL. Required.
	DownloadFlag int `json:"Download_Flag"`
}

// MsgType returns "TIMSoundElem".
func (SoundElem) MsgType() string { return "TIMSoundElem" }

// ImageElem is the content of a TIMImageElem, a picture in several sizes.
type ImageElem struct {
	// UUID is a unique key of the picture. Required.
	UUID string `json:"UUID"`
	// ImageFormat is 1 for JPG, 2 for GIF, 3 for PNG, 4 for BMP and 255 for
	// anything else. Required.
	ImageFormat int `json:"ImageFormat"`
	// ImageInfoArray has an entry for each size, usually three. Required.
	ImageInfoArray []ImageInfo `json:"ImageInfoArray"`
}

// MsgType returns "TIMImageElem".
func (ImageElem) MsgType() string { return "TIMImageElem" }

// ImageInfo is one size of a picture.
type ImageInfo struct {
	// Type is 1 for the original, 2 for the large version and 3 for the
	// thumbnail. Optional.
	Type int `json:"Type,omitempty"`
	// Size is the size in bytes. Optional.
	Size int64 `json:"Size,omitempty"`
	// Width is the width in pixels. Required.
	Width int `json:"Width"`
	// Height is the height in pixels. Required.
	Height int `json:"Height"`
	// URL is where the picture can be downloaded. Required.
	URL string `json:"URL"`
}

// FileElem is the content of a TIMFileElem, a file.
type FileElem struct {
	// URL is where the file can be downloaded. Required.
	URL string `json:"Url"`
	// UUID is a unique key of the file. Required.
	UUID string `json:"UUID"`
	// FileSize is the size in bytes. Optional.
	FileSize int64 `json:"FileSize,omitempty"`
	// FileName is the name to show and to save under. Optional.
	FileName string `json:"FileName,omitempty"`
	// DownloadFlag is 2, for a download through URL. Required.
	DownloadFlag int `json:"Download_Flag"`
}

// MsgType returns "TIMFileElem".
func (FileElem) MsgType() string { return "TIMFileElem" }

// VideoFileElem is the content of a TIMVideoFileElem, a video with a still
// picture of it.
type VideoFileElem struct {
	// VideoURL is where the video can be downloaded. Required.
	VideoURL string `json:"VideoUrl"`
	// VideoUUID is a unique key of the video. Required.
	VideoUUID string `json:"VideoUUID"`
	// VideoSize is the size in bytes. Optional.
	VideoSize int64 `json:"VideoSize,omitempty"`
	// VideoSecond is the duration in seconds. Optional.
	VideoSecond int `json:"VideoSecond,omitempty"`
	// VideoFormat is the format, such as "mp4". Optional.
	VideoFormat string `json:"VideoFormat,omitempty"`
	// VideoDownloadFlag is 2, for a download through VideoURL. Required.
	VideoDownloadFlag int `json:"VideoDownloadFlag"`
	// ThumbURL is where the still picture can be downloaded. Required.
	ThumbURL string `json:"ThumbUrl"`
	// ThumbUUID is a unique key of the still picture. Required.
	ThumbUUID string `json:"ThumbUUID"`
	// ThumbSize is its size in bytes. Optional.
	ThumbSize int64 `json:"ThumbSize,omitempty"`
	// ThumbWidth is its width in pixels. Optional.
	ThumbWidth int `json:"ThumbWidth,omitempty"`
	// ThumbHeight is its height in pixels. Optional.
	ThumbHeight int `json:"ThumbHeight,omitempty"`
	// ThumbFormat is its format, such as "JPG". Optional.
	ThumbFormat string `json:"ThumbFormat,omitempty"`
	// ThumbDownloadFlag is 2, for a download through ThumbURL. Required.
	ThumbDownloadFlag int `json:"ThumbDownloadFlag"`
}

// MsgType returns "TIMVideoFileElem".
func (VideoFileElem) MsgType() string { return "TIMVideoFileElem" }

// RelayElem is the content of a TIMRelayElem, several messages forwarded as
// one. It has either MsgList or JSONMsgKey.
type RelayElem struct {
	// Title is the heading. Optional.
	Title string `json:"Title,omitempty"`
	// MsgNum is how many messages were merged. Optional.
	MsgNum int `json:"MsgNum,omitempty"`
	// CompatibleText is shown by clients that do not know the kind. Optional.
	CompatibleText string `json:"CompatibleText,omitempty"`
	// AbstractList has the lines of the preview. Optional.
	AbstractList []string `json:"AbstractList,omitempty"`
	// MsgList has the merged messages, when they fit into the limit of 12 KB for
	// the whole message. Optional.
	MsgList []RelayMessage `json:"MsgList,omitempty"`
	// JSONMsgKey is the key of the stored list, when the messages do not fit.
	// Optional.
	JSONMsgKey string `json:"JsonMsgKey,omitempty"`
}

// MsgType returns "TIMRelayElem".
func (RelayElem) MsgType() string { return "TIMRelayElem" }

// RelayMessage is one of the messages in a RelayElem.
type RelayMessage struct {
	// FromAccount is the sender. Optional.
	FromAccount string `json:"From_Account,omitempty"`
	// ToAccount is the receiver of a one-to-one message. Optional.
	ToAccount string `json:"To_Account,omitempty"`
	// GroupID is the group of a group message. Optional.
	GroupID string `json:"GroupId,omitempty"`
	// MsgSeq is the sequence number of the message. Optional.
	MsgSeq int64 `json:"MsgSeq,omitempty"`
	// MsgRandom is the random number that the sender gave. Optional.
	MsgRandom uint32 `json:"MsgRandom,omitempty"`
	// MsgTimeStamp is when the message was sent. Optional.
	MsgTimeStamp int64 `json:"MsgTimeStamp,omitempty"`
	// MsgBody has the elements of the message. Optional.
	MsgBody []MsgElement `json:"MsgBody,omitempty"`
	// CloudCustomData is the custom data of the message. Optional.
	CloudCustomData string `json:"CloudCustomData,omitempty"`
}
