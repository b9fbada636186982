package kms

import (
	"strconv"
	"time"

	"rehome/internal/estate"
	"rehome/internal/twin/kernel"
)

const (
	eventDeleted = "kms/key-deleted" // Subject: key ARN
	// eventReplicasGone is a note rather than an event: it is announced for a day that no clock reaches, and its Data keeps the days that
	// a primary key has still to wait once its last replica is gone. Subject: key ARN.
	eventReplicasGone = "kms/replicas-gone"
)

const (
	day   = 24 * time.Hour
	never = 250 * 365 * day
)

type deletionInput struct {
	KeyID string `json:"KeyId"`
	Days  *int   `json:"PendingWindowInDays"`
}

// scheduleKeyDeletion starts the waiting period of 7 to 30 days; that of a primary key begins when its last replica is gone (idc-kms
// 2.1, 2.5).
func scheduleKeyDeletion(r *kernel.Request) (any, error) {
	var in deletionInput
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	days := 30
	if in.Days != nil {
		days = *in.Days
	}
	if days < 7 || days > 30 {
		return nil, invalid("Value '%d' at 'pendingWindowInDays' failed to satisfy constraint: Member must have value between 7 and 30", days)
	}
	t, err := open(r, in.KeyID, schedule, conditions{"kms:ScheduleKeyDeletionPendingWindowInDays": {strconv.Itoa(days)}})
	if err != nil {
		return nil, err
	}
	replicas, err := t.replicas()
	if err != nil {
		return nil, err
	}
	out := map[string]any{"KeyId": t.arn(), "PendingWindowInDays": days}
	if t.key.Primary == t.region && len(replicas) > 0 {
		out["KeyState"] = estate.KeyPendingReplicaDeletion
		t.change(r, func(c *estate.KeyCopy) { c.State = estate.KeyPendingReplicaDeletion })
		r.After(never, kernel.Event{Kind: eventReplicasGone, Account: t.account, Subject: t.arn(), Data: strconv.Itoa(days)})
		return out, nil
	}
	out["KeyState"], out["DeletionDate"] = estate.KeyPendingDeletion, kernel.Timestamp(t.wait(r, days))
	return out, nil
}

// wait lets the waiting period of a copy begin now and gives its end.
func (t target) wait(r *kernel.Request, days int) time.Time {
	end := r.Now().Add(time.Duration(days) * day)
	t.change(r, func(c *estate.KeyCopy) { c.State, c.Deletion = estate.KeyPendingDeletion, end })
	r.After(time.Duration(days)*day, kernel.Event{Kind: eventDeleted, Account: t.account, Region: t.region, Subject: t.arn()})
	return end
}

// cancelKeyDeletion leaves the key disabled, whatever it was before (AWS KMS API reference, CancelKeyDeletion).
func cancelKeyDeletion(r *kernel.Request) (any, error) {
	var in deletionInput
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	t, err := open(r, in.KeyID, cancel, nil)
	if err != nil {
		return nil, err
	}
	r.Cancel(eventDeleted, t.arn())
	r.Cancel(eventReplicasGone, t.arn())
	t.change(r, func(c *estate.KeyCopy) { c.State, c.Deletion = estate.KeyDisabled, time.Time{} })
	return map[string]string{"KeyId": t.arn()}, nil
}

// deleted ends the waiting period of a copy: nothing is left of it, and a primary key whose last replica it was begins to wait.
func deleted(r *kernel.Request, e kernel.Event) error {
	t, err := load(r, target{account: e.Account, region: e.Region, id: estate.ARN(e.Subject).KeyID()})
	if err != nil {
		return err
	}
	r.Cancel(eventPolicyVisible, t.arn())
	r.Cancel(eventGrantVisible, t.arn())
	keys := r.Estate().Accounts[t.account].Keys
	keys[t.id].Copies[t.region] = estate.Absent[estate.KeyCopy]()
	if !seen(keys[t.id]) {
		delete(keys, t.id)
		return nil
	}
	t.region = t.key.Primary
	if t, err = load(r, t); err != nil {
		return nil // of the primary nothing is known, so nobody has scheduled anything for it
	}
	replicas, err := t.replicas()
	if err != nil || len(replicas) > 0 {
		return err
	}
	for _, note := range r.Pending(eventReplicasGone, t.arn()) {
		days, err := strconv.Atoi(note.Data)
		if err != nil {
			return err
		}
		r.Cancel(note.Kind, note.Subject)
		t.wait(r, days)
	}
	return nil
}
