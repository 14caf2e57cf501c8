using Soket.Chat.Internal;

namespace Soket.Chat;

/// <summary>A room that is shared has to be made and read before somebody can sit in it: until then he, and what he asks for after it, waits in order.</summary>
public sealed partial class ChatHall
{
    private const int MostSteps = 200;

    // Who goes into a room that is not read yet waits, and what he asks for after it with him.
    private bool Waits(ChatMember member, Action act)
    {
        if (member.Steps.Count == 0 || member.IsStepping)
            return false;
        if (member.Steps.Count < MostSteps)
            member.Steps.AddLast(new ChatStep("", "", null, false, act));
        else
            Tell(member, new ChatNotice("busy") { IsError = true });
        return true;
    }

    private void JoinShared(ChatMember member, string name, long? seen, bool isAsked)
    {
        if (!ChatName.IsValid(name, out string? reason))
        {
            Tell(member, new ChatNotice(reason, ("name", name), ("least", $"{ChatName.Shortest}"), ("most", $"{ChatName.Longest}")) { IsError = true });
            return;
        }

        member.Steps.AddLast(new ChatStep(name, ChatName.Skeleton(name), seen, isAsked, null));
        Advance(member);
    }

    private void StepAll()
    {
        foreach (ChatMember member in _all.Where(member => member.Steps.Count > 0).ToArray())
            Advance(member);
    }

    private void Advance(ChatMember member)
    {
        if (member.IsStepping)
            return;
        while (!member.HasLeft && member.Steps.First is { Value: var step } && MayStep(member, step))
        {
            member.Steps.RemoveFirst();
            int later = member.Steps.Count;
            member.IsStepping = true;
            TakeStep(member, step);
            member.IsStepping = false;
            // What it has asked for itself comes before what was asked for after it.
            for (int i = 0; i < later && member.Steps.Count > later; i++)
            {
                ChatStep first = member.Steps.First!.Value;
                member.Steps.RemoveFirst();
                member.Steps.AddLast(first);
            }
        }
    }

    private bool MayStep(ChatMember member, ChatStep step)
    {
        if (step.Act is not null)
            return true;
        if (_rooms.TryGetValue(step.Skeleton, out ChatRoom? room))
        {
            Follow(room.Log!);
            return room.Log!.IsLive;
        }

        if (_share!.Wishes.ContainsKey(step.Skeleton))
            return false;
        if (IsFullOfRooms || !(member.IsOperator || _share.Makers.TryMake(member.Address)))
            return true; // to hear that it cannot be
        Wish(step.Room, member);
        return false;
    }

    private bool IsFullOfRooms => _rooms.Count + _share!.Wishes.Count >= _limits.MaxRooms;

    private void TakeStep(ChatMember member, ChatStep step)
    {
        if (step.Act is not null)
        {
            step.Act();
            return;
        }

        if (_rooms.TryGetValue(step.Skeleton, out ChatRoom? room))
            Sit(member, room, step.Seen, step.IsAsked, made: false);
        else
            Tell(member, (IsFullOfRooms ? new ChatNotice("rooms-full", ("most", $"{_limits.MaxRooms}")) : new ChatNotice("rooms-soon")) with { IsError = true });
        if (member.Seats.Count == 0 && room != _lobby && member.Steps.All(other => other.Act is not null))
            JoinShared(member, _lobby.Name, null, isAsked: false);
    }
}
