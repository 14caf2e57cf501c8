using System.Text;
using Soket.Languages;

namespace Soket.Chat.Internal;

/// <summary>In which way a member is spoken to.</summary>
internal enum ChatStyle
{
    /// <summary>What is said, and errors: a program of the lab takes all that it receives for an answer.</summary>
    Quiet,

    /// <summary>Lines for a person at nc or telnet.</summary>
    Text,

    /// <summary>One JSON object a line.</summary>
    Json,
}

/// <summary>An event as it is said to a member. Pure.</summary>
internal static class ChatVoice
{
    /// <summary>The line, or lines, without the last line's end; null where there is nothing to say.</summary>
    public static byte[]? Of(ChatEvent told, ChatStyle style, Language language, ChatMember member)
    {
        switch (style)
        {
            case ChatStyle.Json:
                return ChatJson.Write(told);
            case ChatStyle.Quiet:
                return Quiet(told, language, member) is { } said ? Encoding.UTF8.GetBytes(said) : null;
            default:
                if (told is ChatEntry { Kind: ChatEntryKind.Message or ChatEntryKind.Action } spoken)
                {
                    // What one has typed stands on one's screen already.
                    if (spoken.Author == member.Number)
                        return null;
                    // The same for all who need not be told of which room: written once.
                    if (member.RoomCount <= 1 || member.Current == spoken.Room)
                        return spoken.Line ??= Encoding.UTF8.GetBytes(ChatWords.Of(spoken, language, spoken.Room, "")!);
                }

                return ChatWords.Of(told, language, member.RoomCount > 1 ? member.Current : RoomOf(told), member.Name) is { } text ? Encoding.UTF8.GetBytes(text) : null;
        }
    }

    private static string? Quiet(ChatEvent told, Language language, ChatMember member) => told switch
    {
        ChatEntry { Kind: ChatEntryKind.Message or ChatEntryKind.Action } entry when entry.Author == member.Number => null,
        ChatEntry { Kind: ChatEntryKind.Message, FromOperator: true } entry => entry.Text,
        ChatEntry { Kind: ChatEntryKind.Message or ChatEntryKind.Action } or ChatWhisper or ChatNotice { IsError: true } => ChatWords.Of(told, language, RoomOf(told), member.Name),
        _ => null,
    };

    private static string? RoomOf(ChatEvent told) => (told as ChatEntry)?.Room;
}
