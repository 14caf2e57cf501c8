using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using Soket.Chat.Internal;

namespace Soket.Chat;

/// <summary>How a <see cref="ChatHistory"/> keeps entries.</summary>
public sealed record ChatHistoryOptions
{
    /// <summary>How long after an entry was written the disk is told to keep it (fsync(2)): zero for before it counts as said, infinite for never. 1 s.</summary>
    public TimeSpan SyncAfter { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a file becomes before the next is begun, bytes. 8 MiB.</summary>
    public long FileSize { get; init; } = 8 * 1024 * 1024;

    /// <summary>How many files are kept; the oldest is deleted. 16.</summary>
    public int Files { get; init; } = 16;

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>fsync(2), which tests stand in for.</summary>
    internal Action<SafeFileHandle> Flush { get; init; } = RandomAccess.FlushToDisk;
}

/// <summary>
/// A chat's entries in files of a folder, which are only ever appended to. An entry is written (write(2)) before anybody is told of it, so a process that is
/// killed loses nothing that was accepted; what a loss of power may take is said by <see cref="ChatHistoryOptions.SyncAfter"/>. Any thread.
/// </summary>
/// <remarks>
/// The form of the files is <see cref="ChatRecords"/>'s. A record that a crash left unfinished at the end is cut off, and counted. Nobody who appends waits for
/// the disk: fsync(2) is called beside, for all that was written until then, and <see cref="Synced"/> tells how far it got.
/// </remarks>
public sealed class ChatHistory : IDisposable
{
    private const string Pattern = "chat-??????.log";

    private readonly Lock _lock = new();
    private readonly Lock _syncing = new(); // one fsync at a time; taken before _lock
    private readonly List<SafeFileHandle> _full = []; // under _lock: files before the last one, until the disk has them
    private readonly string _folder;
    private readonly ChatHistoryOptions _options;
    private readonly FileStream _claim; // two servers must not write to one history
    private readonly ITimer? _timer;
    private List<ChatEntry>? _loaded;
    private SafeFileHandle _file;    // under _lock
    private long _length;            // under _lock
    private int _number;             // under _lock
    private bool _dirty;             // under _lock
    private bool _syncs;             // under _lock: a sync is under way beside, and sees to what comes meanwhile
    private long _written;           // under _lock: the number of the last entry
    private IOException? _failure;   // under _lock
    private bool _disposed;          // under _lock

    private ChatHistory(string folder, ChatHistoryOptions options, ChatLimits limits, FileStream claim)
    {
        (_folder, _options, _claim) = (folder, options, claim);
        var loaded = new Queue<ChatEntry>();
        string[] files = Files();
        foreach (string file in files)
        {
            ChatRecords records = ChatRecords.Read(file);
            Epoch = records.Epoch ?? Epoch;
            LastNumber = Math.Max(LastNumber, records.LastNumber);
            Damaged += records.Damaged;
            _length = records.WholeLength;
            foreach (ChatEntry entry in records.Entries)
            {
                loaded.Enqueue(entry);
                if (loaded.Count > limits.History * limits.MaxRooms) // more than all rooms together keep
                    loaded.Dequeue();
            }
        }

        _loaded = [.. loaded];
        _number = files.Length == 0 ? 1 : NumberOf(files[^1]);
        _file = Open(_number);
        CutOff = RandomAccess.GetLength(_file) - _length;
        if (CutOff > 0)
        {
            RandomAccess.SetLength(_file, _length);
            RandomAccess.FlushToDisk(_file);
        }

        if (_length == 0)
            Write(ChatRecords.Head(Epoch, LastNumber));
        if (options.SyncAfter > TimeSpan.Zero && options.SyncAfter != Timeout.InfiniteTimeSpan)
            _timer = options.Time.CreateTimer(static history => ((ChatHistory)history!).Tick(), this, options.SyncAfter, options.SyncAfter);
    }

    /// <summary>Which run of numbers this is: made with the folder, and the same ever after.</summary>
    public string Epoch { get; } = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));

    /// <summary>The highest number of an entry when it was opened.</summary>
    public long LastNumber { get; }

    /// <summary>Whether an entry counts as said only when the disk has it.</summary>
    public bool SyncsFirst => _options.SyncAfter == TimeSpan.Zero;

    /// <summary>Told, on any thread, up to which number the disk has everything, or why it never will. Set before the first entry.</summary>
    internal Action<long, IOException?>? Synced { get; set; }

    /// <summary>How many bytes of an unfinished record were cut off when it was opened.</summary>
    public long CutOff { get; }

    /// <summary>How many records within the files were not what had been written; they are left out.</summary>
    public int Damaged { get; }

    /// <summary>Opens the history of a folder, which is made where it is not there.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="options">How.</param>
    /// <param name="limits">How much of it a hall will want.</param>
    /// <exception cref="IOException">It cannot be read or written, or another server has it.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be.</exception>
    public static ChatHistory Open(string folder, ChatHistoryOptions? options = null, ChatLimits? limits = null)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(folder);
        else
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute); // what was said is not everybody's
        var claim = new FileStream(Path.Combine(folder, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        try
        {
            return new ChatHistory(folder, options ?? new(), limits ?? new(), claim);
        }
        catch
        {
            claim.Dispose();
            throw;
        }
    }

    /// <summary>Writes an entry; when it returns, the system has it.</summary>
    /// <param name="entry">The entry.</param>
    /// <exception cref="IOException">It could not be written; it is not in the history then.</exception>
    public void Append(ChatEntry entry)
    {
        byte[] record = ChatRecords.Of(entry);
        lock (_lock)
        {
            if (_failure is not null)
                throw _failure;
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_length + record.Length > _options.FileSize)
                BeginNext(entry.Number - 1);
            Write(record);
            _written = entry.Number;
            if (!SyncsFirst || _syncs)
                return;
            _syncs = true;
        }

        ThreadPool.UnsafeQueueUserWorkItem(static history => history.SyncBeside(), this, preferLocal: false);
    }

    /// <summary>Tells the disk to keep what was written, and waits for it.</summary>
    public void Sync()
    {
        lock (_syncing)
        {
            SafeFileHandle last;
            SafeFileHandle[] full;
            long written;
            lock (_lock)
            {
                if (!_dirty || _disposed || _failure is not null)
                    return;
                (last, full, written, _dirty) = (_file, [.. _full], _written, false);
            }

            IOException? failure = null;
            try
            {
                foreach (SafeFileHandle file in (ReadOnlySpan<SafeFileHandle>)[.. full, last])
                    _options.Flush(file);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // The system may have thrown away what it could not write (fsync(2)): from here on nothing is accepted that could not be kept.
                failure = e as IOException ?? new IOException(e.Message, e);
                Fail(failure);
            }

            lock (_lock)
                _full.RemoveRange(0, full.Length);
            foreach (SafeFileHandle file in full)
                file.Dispose();
            Synced?.Invoke(written, failure);
        }
    }

    // A disk that takes long must not take a thread at every tick.
    private void Tick()
    {
        lock (_lock)
        {
            if (_syncs || !_dirty)
                return;
            _syncs = true;
        }

        SyncBeside();
    }

    private void SyncBeside()
    {
        do
            Sync();
        while (GoesOn());
    }

    private bool GoesOn()
    {
        lock (_lock)
            return _syncs = SyncsFirst && _dirty && !_disposed && _failure is null;
    }

    internal void Fail(IOException failure)
    {
        lock (_lock)
            _failure = failure;
    }

    /// <summary>Syncs and closes the files.</summary>
    public void Dispose()
    {
        _timer?.Dispose();
        Sync();
        lock (_syncing)
        {
            lock (_lock)
            {
                _disposed = true;
                _file.Dispose();
                foreach (SafeFileHandle file in _full) // of which the disk was told already, or is never told
                    file.Dispose();
            }
        }

        _claim.Dispose();
    }

    internal List<ChatEntry> TakeLoaded() => Interlocked.Exchange(ref _loaded, null) ?? [];

    private void BeginNext(long last)
    {
        SafeFileHandle next = Open(_number + 1);
        if (_options.SyncAfter == Timeout.InfiniteTimeSpan)
            _file.Dispose();
        else
            _full.Add(_file); // until the next sync
        _file = next;
        _number++;
        _length = 0;
        Write(ChatRecords.Head(Epoch, last));
        string[] files = Files();
        foreach (string old in files.Take(files.Length - _options.Files))
            File.Delete(old);
    }

    private void Write(byte[] record)
    {
        try
        {
            // At a place of its own: what a write that failed half way left behind is written over by the next.
            RandomAccess.Write(_file, record, _length);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException(e.Message, e);
        }

        _length += record.Length;
        _dirty = true;
    }

    private SafeFileHandle Open(int number) => File.OpenHandle(Path.Combine(_folder, $"chat-{number:000000}.log"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);

    private string[] Files()
    {
        string[] files = Directory.GetFiles(_folder, Pattern);
        Array.Sort(files, StringComparer.Ordinal);
        return files;
    }

    private static int NumberOf(string file) =>
        int.TryParse(Path.GetFileNameWithoutExtension(file).AsSpan(5), System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out int number) ? number : 0;
}
