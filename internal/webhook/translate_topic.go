package webhook

import (
	"github.com/parley-im/parley/callback"
	"github.com/parley-im/parley/internal/event"
)

func groupBeforeCreateTopic(e event.BeforeTopicCreate) callback.Body {
	return callback.GroupBeforeCreateTopic{
		OperatorAccount: e.Operator, Type: string(e.Type), Name: e.Name, EventTime: e.At.UnixMilli(),
	}
}

func groupAfterCreateTopic(e event.TopicCreated) callback.Body {
	return callback.GroupAfterCreateTopic{
		GroupID: e.GroupID, TopicID: e.TopicID, OperatorAccount: e.Operator, OwnerAccount: e.Owner, Type: string(e.Type), Name: e.Name,
		EventTime: e.At.UnixMilli(),
	}
}

func groupAfterTopicDestroyed(e event.TopicDestroyed) callback.Body {
	return callback.GroupAfterTopicDestroyed{
		GroupID: e.GroupID, Type: string(e.Type), TopicIDList: []string{e.TopicID}, EventTime: e.At.UnixMilli(),
	}
}

func groupAfterTopicInfoChanged(e event.TopicInfoChanged) callback.Body {
	return callback.GroupAfterTopicInfoChanged{
		GroupID: e.GroupID, TopicID: e.TopicID, Type: string(e.Type), OperatorAccount: e.Operator, Name: e.Change.Name,
		Introduction: e.Change.Introduction, Notification: e.Change.Notification, FaceURL: e.Change.FaceURL, EventTime: e.At.UnixMilli(),
	}
}
