package step

import (
	"context"

	"rehome/internal/diag"
	"rehome/internal/plan"
)

// extension has the extension made from the extension access; without it nobody signs in (EXT-08).
type extension struct{ worded }

func (extension) Name() string { return idExtension }

func (k extension) Plan(in plan.Input) ([]plan.Step, error) {
	s := look(in)
	if !s.signsIn() || !s.enters() && len(openKeys(in.Findings, "EXT-08")) == 0 {
		return nil, nil
	}
	name := in.Spec.SignIn.Name
	st := s.handed(idExtension, k, "create the extension from "+name+" in the Quick console, by hand", "an extension access alone lets nobody in")
	st.Effect, st.Done, st.Undo = "people who can sign in at the identity provider reach Quick on Desktop", "somebody says so", "delete it in the Quick console"
	st.Needs, st.Repairs, st.Writes = s.planned(extensionAccess{}), openKeys(in.Findings, "EXT-08"), []string{s.path("/extension_access")}
	st.ByHand.Do = []string{s.signInTo(), "Connect apps and data, Extensions, Add extension", "choose the extension access " + name + ", then Next, then Create"}
	input, err := params(map[string]any{"name": name})
	st.ByHand.Calls = []plan.Call{{Service: console, Operation: "CreateExtension", Input: input}}
	return []plan.Step{st}, err
}

// desktopSeen has one administrator sign in with the application itself before everybody is sent there: only that shows that Quick accepts
// what the identity provider mints (DSK-17, DSK-25).
type desktopSeen struct{ worded }

// DesktopCall is what the twin's person does in place of opening the application.
var DesktopCall = plan.Call{Service: "desktop", Operation: "SignIn"}

func (desktopSeen) Name() string { return idDesktop }

func (k desktopSeen) Plan(in plan.Input) ([]plan.Step, error) {
	s := look(in)
	if len(s.planned(extension{})) == 0 {
		return nil, nil
	}
	st := s.handed(idDesktop, k, "sign in with Quick on Desktop as one administrator, by hand", "that Quick accepts the tokens is seen nowhere else")
	st.Effect, st.Done, st.Undo = "none", "an administrator says that the application has signed in", "nothing to undo"
	st.Needs = []string{idExtension}
	st.ByHand.Why = "the application runs on a person's machine"
	st.ByHand.Do = []string{"install Quick on Desktop, choose Enterprise login (newer ones: Continue with SSO), and sign in",
		"if it fails: rehome explain TEXT; the values are compared with the identity provider's by rehome doctor, and a wrong entry is deleted and made anew"}
	st.ByHand.Calls = []plan.Call{DesktopCall}
	return []plan.Step{st}, nil
}

func (desktopSeen) Observe(_ context.Context, r plan.Run, s plan.Step) (plan.Observation, error) {
	o := byWord(r, s, nil)
	if o.State == plan.Done {
		o.Detail = "a sign-in with Quick on Desktop was seen by " + o.Output["by"] + ": Quick accepts the token"
	}
	return o, nil
}

// distribute is the end: everybody is told.
type distribute struct{ worded }

func (distribute) Name() string { return "distribute-desktop" }

func (k distribute) Plan(in plan.Input) ([]plan.Step, error) {
	s := look(in)
	if len(s.planned(desktopSeen{})) == 0 {
		return nil, nil
	}
	st := s.handed(k.Name(), k, "send people to Quick on Desktop, by hand", "the sign-in has been seen to work")
	st.Effect, st.Done, st.Undo, st.Actor = "people install the application and sign in", "somebody says so", "nothing to undo", diag.Operator
	st.Needs = []string{idDesktop}
	st.ByHand.Why = "whom to tell, and how, is yours"
	st.ByHand.Do = []string{"point people to AWS's Getting started page of Quick on Desktop, and to Enterprise login",
		"their machines have to reach the identity provider and us-east-1, and port 18080 of their own has to be free"}
	return []plan.Step{st}, nil
}
