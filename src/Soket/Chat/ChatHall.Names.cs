using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Soket.Chat.Internal;

namespace Soket.Chat;

/// <summary>Names: whose is which, and which are taken for another.</summary>
public sealed partial class ChatHall
{
    private string ChooseName(ChatMember member, string wanted)
    {
        string name = ChatText.Clean(wanted);
        if (name.Length > 0)
        {
            if (Refusal(member, name) is not { } refusal)
            {
                member.IsGuest = false;
                return name;
            }

            Tell(member, refusal);
        }
        else if (member.Name.Length > 0)
        {
            return member.Name;
        }

        member.IsGuest = true;
        return GuestName(member);
    }

    // Every server counts its own.
    private string GuestName(ChatMember member) => $"guest-{member.Number.ToString(CultureInfo.InvariantCulture)}{(_share is null ? "" : "." + _share.Node[..4])}";

    private ChatNotice? Refusal(ChatMember member, string name)
    {
        if (!ChatName.IsValid(name, out string? reason))
            return new ChatNotice(reason, ("name", name), ("least", $"{ChatName.Shortest}"), ("most", $"{ChatName.Longest}")) { IsError = true };
        if (ChatName.IsReserved(name) || IsGuestName(name))
            return new ChatNotice("name-reserved", ("name", name)) { IsError = true };
        if (_members.TryGetValue(ChatName.Skeleton(name), out ChatMember? holder) && holder != member)
            return new ChatNotice(holder.Name == name ? "name-taken" : "name-alike", ("name", name), ("other", holder.Name)) { IsError = true };
        return null;
    }

    // Names that the hall gives itself.
    private static bool IsGuestName(string name) => name.StartsWith("guest-", StringComparison.OrdinalIgnoreCase) && name.AsSpan(6).ContainsAnyInRange('0', '9');

    private void SetName(ChatMember member, string name)
    {
        FreeName(member);
        member.Name = name;
        member.NameSince = member.Had.Name == name ? member.Had.Since : _time.GetUtcNow().ToUnixTimeMilliseconds();
        _members[ChatName.Skeleton(name)] = member;
    }

    private void FreeName(ChatMember member)
    {
        string skeleton = ChatName.Skeleton(member.Name);
        if (_members.TryGetValue(skeleton, out ChatMember? holder) && holder == member)
            _members.Remove(skeleton);
    }

    private void Rename(ChatMember member, string name)
    {
        string old = member.Name;
        SetName(member, name);
        foreach (ChatRoom room in member.Seats.Keys)
            Append(room, member, ChatEntryKind.Nick, old, name);
        Changed(member);
    }
}
