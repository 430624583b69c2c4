package gateway

var roomPushes = []pushRow{}
