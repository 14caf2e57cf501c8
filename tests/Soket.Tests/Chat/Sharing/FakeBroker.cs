using Soket.Chat;

namespace Soket.Tests.Chat.Sharing;

/// <summary>
/// A broker that does nothing until it is told to: each record and note moves when the test says so. It keeps what it was given, it may be cut off from a server
/// before it has confirmed, and the server then sends again.
/// </summary>
internal sealed class FakeBroker
{
    private readonly Dictionary<string, List<ReadOnlyMemory<byte>>> _logs = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _firsts = new(StringComparer.Ordinal);
    private readonly List<Line> _lines = [];

    public Line Connect(int most = int.MaxValue)
    {
        var line = new Line(this, most);
        _lines.Add(line);
        return line;
    }

    public int CountOf(string log) => _logs.TryGetValue(log, out List<ReadOnlyMemory<byte>>? records) ? records.Count : 0;

    /// <summary>Lets the oldest records go.</summary>
    public void Truncate(string log, long first) => _firsts[log] = first;

    /// <summary>The log is deleted and made again, empty.</summary>
    public void Delete(string log)
    {
        _logs.Remove(log);
        foreach (Line line in _lines)
            line.Restart(log);
    }

    /// <summary>Puts a record into a log that no server has written.</summary>
    public void Forge(string log, string record) => Records(log).Add(System.Text.Encoding.UTF8.GetBytes(record));

    /// <summary>Moves everything that can move.</summary>
    public void Settle()
    {
        while (_lines.Any(line => line.Push() | line.Confirm() | line.PullAny() | line.Note()))
        {
            // Until nothing moves.
        }
    }

    private List<ReadOnlyMemory<byte>> Records(string log)
    {
        if (!_logs.TryGetValue(log, out List<ReadOnlyMemory<byte>>? records))
            _logs[log] = records = [];
        return records;
    }

    /// <summary>A server's line to the broker.</summary>
    internal sealed class Line(FakeBroker broker, int most) : IChatBackplane
    {
        private readonly List<(string Log, ReadOnlyMemory<byte> Record)> _waiting = [];
        private readonly Dictionary<string, long> _followed = new(StringComparer.Ordinal);
        private readonly Queue<ReadOnlyMemory<byte>> _notes = new();
        private IChatBackplaneListener? _listener;
        private int _sent;

        public bool IsUp { get; private set; }

        /// <summary>How much waits to be confirmed.</summary>
        public int Waiting => _waiting.Count;

        public void Start(IChatBackplaneListener listener)
        {
            (_listener, IsUp) = (listener, true);
            listener.Resumed();
        }

        public void Follow(string log) => _followed.TryAdd(log, 0);

        public bool TryAppend(string log, ReadOnlyMemory<byte> record)
        {
            if (_waiting.Count >= most)
                return false;
            _waiting.Add((log, record));
            return true;
        }

        public void Send(ReadOnlyMemory<byte> note)
        {
            if (!IsUp)
                return;
            foreach (Line line in broker._lines.Where(line => line.IsUp))
                line._notes.Enqueue(note);
        }

        /// <summary>The broker takes the next record.</summary>
        public bool Push()
        {
            if (!IsUp || _sent >= _waiting.Count)
                return false;
            (string log, ReadOnlyMemory<byte> record) = _waiting[_sent++];
            broker.Records(log).Add(record);
            return true;
        }

        /// <summary>The broker confirms the first record that it has taken.</summary>
        public bool Confirm()
        {
            if (!IsUp || _sent == 0)
                return false;
            _waiting.RemoveAt(0);
            _sent--;
            return true;
        }

        /// <summary>The server reads the next record of some log.</summary>
        public bool PullAny(Random? random = null)
        {
            string[] logs = [.. _followed.Keys.Where(log => _followed[log] < broker.Records(log).Count)];
            if (!IsUp || logs.Length == 0)
                return false;
            string log = logs[random?.Next(logs.Length) ?? 0];
            long offset = Math.Max(_followed[log], broker._firsts.GetValueOrDefault(log));
            bool isAfterGap = offset > _followed[log];
            _followed[log] = offset + 1;
            _listener!.Appended(log, offset, broker.Records(log)[(int)offset], isAfterGap);
            return true;
        }

        /// <summary>The server reads the next note.</summary>
        public bool Note(bool isLost = false)
        {
            if (!IsUp || !_notes.TryDequeue(out ReadOnlyMemory<byte> note))
                return false;
            if (!isLost)
                _listener!.Noted(note);
            return true;
        }

        /// <summary>The line is cut: what was not confirmed will be sent again, notes are lost.</summary>
        public void Cut()
        {
            if (!IsUp)
                return;
            IsUp = false;
            _notes.Clear();
            _listener!.Paused("cut");
        }

        public void Mend()
        {
            if (IsUp)
                return;
            (IsUp, _sent) = (true, 0);
            _listener!.Resumed();
        }

        public void Restart(string log)
        {
            if (!_followed.ContainsKey(log))
                return;
            _followed[log] = 0;
            _listener!.Restarted(log);
        }

        /// <summary>The server is killed.</summary>
        public void Die()
        {
            IsUp = false;
            broker._lines.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Die();
            return ValueTask.CompletedTask;
        }
    }
}
