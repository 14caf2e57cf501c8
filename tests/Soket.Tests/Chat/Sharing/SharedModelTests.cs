using Soket.Chat;
using Soket.Tests.Clients;
using Xunit;

namespace Soket.Tests.Chat.Sharing;

/// <summary>
/// One to three servers against a model that fits on a page: a room is a list. People come, go, speak, crash and go on at another server; servers are killed and
/// begun, cut off and mended, records and notes arrive late, twice or (notes) never, in any order. At the end everybody has heard, in one order and once, all that
/// was said in a room while he was in it, and everything that was acknowledged is among it.
/// </summary>
public sealed class SharedModelTests
{
    private static readonly string[] Rooms = ["lobby", "kelas", "kantin"];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Whatever_happens_to_people_and_servers_everybody_hears_the_same_once_and_in_order(int servers)
    {
        for (int seed = 1; seed <= 150; seed++)
            new World(seed, servers).Run();
    }

    private sealed class World(int seed, int count)
    {
        private readonly Random _random = new(seed);
        private readonly FakeBroker _broker = new();
        private readonly ManualTime _time = new();
        private readonly List<Server> _servers = [];
        private readonly Person[] _people = [.. Enumerable.Range(0, 5).Select(i => new Person($"orang{i}", $"rahasia{i}"))];

        public void Run()
        {
            for (int i = 0; i < count; i++)
                _servers.Add(Begin());
            for (int step = 0; step < 250; step++)
                Step();
            End();
        }

        private void Step()
        {
            _time.Advance(TimeSpan.FromMilliseconds(1));
            Server server = _servers[_random.Next(_servers.Count)];
            Person one = _people[_random.Next(_people.Length)];
            string room = Rooms[_random.Next(Rooms.Length)];
            switch (_random.Next(20))
            {
                case < 4:
                    server.Line.Push();
                    break;
                case 4:
                    server.Line.Confirm();
                    break;
                case < 10:
                    for (int i = _random.Next(4); i >= 0; i--)
                        server.Line.PullAny(_random);
                    break;
                case 10:
                    server.Line.Note(isLost: _random.Next(5) == 0);
                    break;
                case 11 when _random.Next(4) == 0:
                    server.Line.Cut();
                    break;
                case 12:
                    server.Line.Mend();
                    break;
                case 13 when _random.Next(8) == 0:
                    Kill(server);
                    break;
                case 14:
                    Pass(TimeSpan.FromSeconds(_random.Next(4)));
                    break;
                case 15:
                    one.Crash();
                    break;
                default:
                    Act(one, server, room);
                    break;
            }
        }

        private void Act(Person one, Server server, string room)
        {
            if (one.Server is null)
            {
                if (server.IsReady)
                    one.Come(server);
                return;
            }

            one.Listen();
            switch (one.Server is null ? -1 : _random.Next(6))
            {
                case >= 0 and < 3:
                    one.Say(room);
                    break;
                case 3:
                    one.Do("/join " + room);
                    break;
                case 4:
                    one.Do("/leave " + room);
                    break;
            }
        }

        private void Kill(Server server)
        {
            foreach (Person one in _people.Where(one => one.Server == server))
                one.Crash();
            server.Dispose();
            _servers[_servers.IndexOf(server)] = Begin();
        }

        // Their clocks differ by up to a second.
        private Server Begin() => new(_broker, _time, ahead: TimeSpan.FromMilliseconds(_random.Next(1000)));

        private void Pass(TimeSpan time)
        {
            _time.Advance(time);
            foreach (Server server in _servers)
                server.Hall.Tick();
        }

        // Everything is mended and everybody comes back; what was not accepted is said again until it is.
        private void End()
        {
            foreach (Server server in _servers)
                server.Line.Mend();
            for (int round = 0; round < 12; round++)
            {
                _broker.Settle();
                Pass(TimeSpan.FromSeconds(1.1));
                foreach (Person one in _people)
                {
                    if (one.Server is null)
                        one.Come(_servers[_random.Next(_servers.Count)]);
                    one.Listen();
                }
            }

            using var witness = new Server(_broker, _time);
            _broker.Settle();
            ChatMember seat = witness.Hall.Enter("saksi", rooms: Rooms.ToDictionary(room => room, _ => 0L))!;
            _broker.Settle();
            ILookup<string, ChatEntry> said = witness.Hall.All(seat).OfType<ChatEntry>().Where(entry => entry.Kind == ChatEntryKind.Message).ToLookup(entry => entry.Room);
            foreach (Person one in _people)
            {
                Assert.True(one.Unanswered == 0, $"{Where}: {one.Name} waits for {one.Unanswered} answers");
                foreach (Stay stay in one.Stays)
                {
                    // All that was said from the moment he was told that he is there, to the end or until he left.
                    List<string> expected = [.. said[stay.Room].Where(entry => entry.Number > stay.From).Select(entry => entry.Text)];
                    if (stay.IsOver)
                        expected = [.. expected.Take(stay.Heard.Count)];
                    Assert.True(expected.SequenceEqual(stay.Heard), $"{Where}: {one.Name} in {stay.Room} after {stay.From} heard {string.Join(",", stay.Heard)} instead of {string.Join(",", expected)}");
                }

                foreach ((string room, string text) in one.Accepted)
                    Assert.True(said[room].Count(entry => entry.Text == text) == 1, $"{Where}: {text} was accepted and is in {room} {said[room].Count(entry => entry.Text == text)} times");
            }

            witness.Hall.Leave(seat, "quit");
            _broker.Settle();
            AssertPresence();
        }

        // Every server says the same of who is where.
        private void AssertPresence()
        {
            foreach (string room in Rooms)
            {
                string expected = string.Join(", ", _people.Where(one => one.Rooms.Contains(room)).Select(one => one.Name));
                foreach (Person one in _people)
                    Assert.Equal((Where, room, expected), (Where, room, one.Who(room).Replace("@", "", StringComparison.Ordinal).Replace("room-unknown", "", StringComparison.Ordinal)));
            }
        }

        private string Where => $"{count} servers, seed {seed}";
    }

    private sealed record Stay(string Room, long From)
    {
        public List<string> Heard { get; } = [];

        public bool IsOver { get; set; }
    }

    // Somebody with a client as ours: he says again what he does not know to be accepted, in order, and goes on after the last number he saw.
    private sealed class Person(string name, string session)
    {
        private readonly Dictionary<string, long> _seen = [];
        private readonly List<(long Id, string Room, string Text)> _waiting = [];
        private ChatMember? _member;
        private string _epoch = "";
        private long _count;

        public string Name => name;

        public Server? Server { get; private set; }

        public IEnumerable<string> Rooms => _seen.Keys;

        /// <summary>Each time that he was in a room, from his coming, other than by coming back, to his leaving.</summary>
        public List<Stay> Stays { get; } = [];

        public List<(string Room, string Text)> Accepted { get; } = [];

        public int Unanswered => _waiting.Count;

        public void Come(Server server)
        {
            Server = server;
            _member = server.Hall.Enter(name, session, new Dictionary<string, long>(_seen), _epoch);
            SayAgain();
            Listen();
        }

        public void Crash() => (Server, _member) = (Leave(), null);

        public void Do(string line) => Server!.Hall.Do(_member!, line);

        public string Who(string room) => Server!.Who(_member!, room);

        public void Say(string room)
        {
            if (!_seen.ContainsKey(room))
                return;
            _waiting.Add((++_count, room, $"{name}-{_count}"));
            Server!.Hall.Say(_member!, room, _waiting[^1].Text, false, _count);
        }

        public void Listen()
        {
            List<ChatEvent> all = Server!.Hall.All(_member!);
            foreach (ChatEvent told in all)
                Take(told);
            if (all is [.., ChatBye])
                Crash();
        }

        private Server? Leave()
        {
            // Half of what was for him is lost on the way.
            Server?.Hall.Leave(_member!, "lost");
            return null;
        }

        private void SayAgain()
        {
            foreach ((long id, string room, string text) in _waiting)
                Server!.Hall.Say(_member!, room, text, false, id);
        }

        private void Take(ChatEvent told)
        {
            switch (told)
            {
                case ChatWelcome welcome:
                    Assert.Equal(name, welcome.Name);
                    _epoch = welcome.Epoch;
                    break;
                case ChatJoined joined when !_seen.ContainsKey(joined.Room):
                    _seen[joined.Room] = joined.Last;
                    Stays.Add(new Stay(joined.Room, joined.Last));
                    break;
                case ChatParted parted:
                    _seen.Remove(parted.Room);
                    Stays.Last(stay => stay.Room == parted.Room).IsOver = true;
                    break;
                case ChatEntry entry:
                    Assert.True(_seen.TryGetValue(entry.Room, out long seen) && entry.Number > seen, $"{name}: {entry} after {seen}");
                    _seen[entry.Room] = entry.Number;
                    if (entry.Kind == ChatEntryKind.Message)
                        Stays.Last(stay => stay.Room == entry.Room).Heard.Add(entry.Text);
                    break;
                case ChatAck ack:
                    Accepted.AddRange(_waiting.Where(one => one.Id == ack.Id).Select(one => (one.Room, one.Text)));
                    _waiting.RemoveAll(one => one.Id == ack.Id);
                    break;
                case ChatNotice { Id: > 0, RetryAfter: null } refused:
                    _waiting.RemoveAll(one => one.Id == refused.Id);
                    break;
                case ChatBye bye:
                    // A server with a fast clock may take an older note for a newer one; then he comes back at once.
                    Assert.True(bye is { Reason: "moved", ReconnectAfter: not null }, $"{name} was sent away: {bye}");
                    break;
                case ChatGap gap:
                    Assert.Fail($"{name} was told of {gap}, and all is kept");
                    break;
            }
        }
    }
}
