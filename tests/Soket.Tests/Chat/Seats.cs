using Soket.Chat;

namespace Soket.Tests.Chat;

/// <summary>Short words for what people do in a hall.</summary>
internal static class Seats
{
    public static ChatMember Enter(this ChatHall hall, string name, string session = "", IReadOnlyDictionary<string, long>? rooms = null, string? epoch = null, string token = "", bool isOperator = false) =>
        hall.Enter(new ChatHello { Name = name, WantsSession = session.Length > 0, Session = session, Rooms = rooms ?? new Dictionary<string, long>(), Epoch = epoch ?? hall.Epoch, Token = token, IsOperator = isOperator })!;

    public static List<ChatEvent> All(this ChatHall hall, ChatMember member)
    {
        var all = new List<ChatEvent>();
        int before;
        do
        {
            before = all.Count;
            var some = new List<ChatEvent>();
            hall.Take(member, some, 7); // a little at a time, as a slow one does
            all.AddRange(some);
        }
        while (all.Count > before);
        return all;
    }

    /// <summary>What was said, as <c>room name: text</c>.</summary>
    public static List<string> Said(this IEnumerable<ChatEvent> events) =>
        [.. events.OfType<ChatEntry>().Where(entry => entry.Kind == ChatEntryKind.Message).Select(entry => $"{entry.Room} {entry.From}: {entry.Text}")];

    public static List<string> Codes(this IEnumerable<ChatEvent> events) => [.. events.OfType<ChatNotice>().Select(notice => notice.Code)];
}
