using Soket.Chat;
using Xunit;

namespace Soket.Tests.Chat;

/// <summary>
/// A hall against a model that fits on a page: rooms are lists, and everybody must have seen, in order and once, all that was said in a room while he was in it
/// or away by accident. People join, leave, speak, crash, come back and send again what they do not know to be accepted, in any order.
/// </summary>
public sealed class ChatModelTests
{
    private static readonly string[] Rooms = ["lobby", "kelas", "kantin"];

    [Fact]
    public void Whatever_people_do_everybody_hears_the_same_once_and_in_order()
    {
        for (int seed = 1; seed <= 300; seed++)
            Run(seed);
    }

    private static void Run(int seed)
    {
        var random = new Random(seed);
        using var hall = new ChatHall(new() { Limits = new() { PerSecond = 0, History = 100_000, HistoryBytes = int.MaxValue } });
        var said = Rooms.ToDictionary(room => room, _ => new List<string>());
        Person[] people = [.. Enumerable.Range(0, 5).Select(i => new Person($"orang{i}", $"rahasia{i}"))];
        for (int step = 0; step < 120; step++)
        {
            Person one = people[random.Next(people.Length)];
            string room = Rooms[random.Next(Rooms.Length)];
            if (one.Member is null)
            {
                one.Come(hall);
                continue;
            }

            switch (random.Next(10))
            {
                case < 4:
                    one.Say(hall, room, said);
                    break;
                case 4:
                    one.Listen(hall);
                    hall.Do(one.Member, "/join " + room);
                    one.Listen(hall);
                    break;
                case 5:
                    one.Listen(hall);
                    hall.Do(one.Member, "/leave " + room);
                    one.Listen(hall);
                    break;
                case 6:
                    // He crashes with things unheard, and perhaps does not know whether the last was accepted.
                    hall.Leave(one.Member, "lost");
                    one.Member = null;
                    break;
                case 7:
                    one.Repeat(hall);
                    break;
                default:
                    one.Listen(hall);
                    break;
            }
        }

        foreach (Person one in people)
        {
            if (one.Member is null)
                one.Come(hall);
            one.Listen(hall);
            foreach ((string room, List<string> heard) in one.Heard)
            {
                // What he heard is one unbroken run of what was said for each time that he was in the room.
                Assert.True(IsMadeOfRuns(heard, said[room], one.Entered[room]), $"seed {seed}: {one.Name} in {room} heard {string.Join(",", heard)} of {string.Join(",", said[room])}");
            }
        }
    }

    private static bool IsMadeOfRuns(List<string> heard, List<string> said, int entered)
    {
        int runs = 0, at = -2;
        foreach (string line in heard)
        {
            int place = said.IndexOf(line);
            if (place <= at)
                return false; // twice, or out of order
            if (place != at + 1)
                runs++;
            at = place;
        }

        return runs <= entered;
    }

    private sealed class Person(string name, string session)
    {
        private readonly Dictionary<string, long> _seen = [];
        private long _count;
        private (string Room, string Text)? _last;

        public string Name => name;

        public ChatMember? Member { get; set; }

        public Dictionary<string, List<string>> Heard { get; } = [];

        /// <summary>How often he came into a room, other than by coming back.</summary>
        public Dictionary<string, int> Entered { get; } = [];

        public void Come(ChatHall hall)
        {
            Member = hall.Enter(name, session, new Dictionary<string, long>(_seen));
            Assert.Equal(name, Member.Name);
            Listen(hall);
        }

        public void Say(ChatHall hall, string room, Dictionary<string, List<string>> said)
        {
            bool isIn = _seen.ContainsKey(room);
            string text = $"{name}-{++_count}";
            _last = (room, text);
            hall.Say(Member!, room, text, false, _count);
            if (isIn)
                said[room].Add(text);
        }

        public void Repeat(ChatHall hall)
        {
            if (_last is { } last)
                hall.Say(Member!, last.Room, last.Text, false, _count);
        }

        public void Listen(ChatHall hall)
        {
            foreach (ChatEvent told in hall.All(Member!))
            {
                switch (told)
                {
                    case ChatJoined joined when !_seen.ContainsKey(joined.Room):
                        _seen[joined.Room] = joined.Last;
                        Entered[joined.Room] = Entered.GetValueOrDefault(joined.Room) + 1;
                        break;
                    case ChatParted parted:
                        _seen.Remove(parted.Room);
                        break;
                    case ChatEntry entry:
                        Assert.True(_seen.TryGetValue(entry.Room, out long seen) && entry.Number > seen, $"{name}: {entry} after {seen}");
                        _seen[entry.Room] = entry.Number;
                        if (entry.Kind == ChatEntryKind.Message)
                        {
                            if (!Heard.TryGetValue(entry.Room, out List<string>? heard))
                                Heard[entry.Room] = heard = [];
                            heard.Add(entry.Text);
                        }

                        break;
                    case ChatGap:
                        Assert.Fail($"{name} was told of a gap, and all is kept");
                        break;
                }
            }
        }
    }
}
