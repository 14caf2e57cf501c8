using Microsoft.Win32.SafeHandles;

namespace Soket.Hosting;

/// <summary>
/// Descriptors held back for what must not fail. Each thread of .NET on Linux takes two (a pipe of the runtime's), and so does each assembly that is
/// loaded; where either cannot be had the whole process ends with "Out of memory". So a server stops accepting while there are some left, and gives
/// these away then. Any thread.
/// </summary>
/// <remarks>On Windows sockets are not counted, and there is nothing to hold.</remarks>
internal sealed class SpareDescriptors : IDisposable
{
    private const int AtFirst = 32;
    private const int AfterShortage = 8; // threads that came meanwhile keep theirs
    private const int Margin = 6;        // what is left when the held ones are given away: a thread that begins meanwhile takes two
    private const int Share = 8;         // of what is left, one part may be accepted before the next look: what an accept leads to takes some as well
    private const int Free = Margin + 2; // what must be left besides, or the next accept would be the last again
    private const int LookAgain = 1000;  // milliseconds: somebody else may have closed something, and looking itself takes descriptors
    private static readonly bool Counted = !OperatingSystem.IsWindows();

    private readonly Lock _lock = new();
    private readonly List<SafeFileHandle> _held = []; // under _lock
    private volatile bool _whole;
    private volatile bool _everShort;
    private int _mostConnections; // written under _lock
    private int _connections;     // written under _lock: how many there were last
    private int _shortAt;         // under _lock: how many connections there were when there was no room
    private long _lookAgain;      // under _lock
    private int _untilLook;       // under _lock: accepts before the next look

    public SpareDescriptors()
    {
        if (Counted)
            AppDomain.CurrentDomain.AssemblyLoad += OnAssemblyLoad;
    }

    /// <summary>Whether a connection may be accepted: takes what was given away back, once a connection has ended or there is enough again.</summary>
    /// <param name="connections">How many there are.</param>
    public bool TryHold(int connections)
    {
        if (_whole || !Counted)
            return true;
        lock (_lock)
        {
            if (_whole)
                return true;
            bool someLeft = _everShort && connections < _shortAt;
            if (_everShort && !someLeft && Environment.TickCount64 < _lookAgain)
                return false;
            _lookAgain = Environment.TickCount64 + LookAgain;
            int hold = someLeft ? AfterShortage : AtFirst;
            int left = OpenDescriptors.Left(hold + Free);
            // A process that is given few has fewer to hold.
            if (left < hold + Free && !_everShort)
                hold = Math.Max(AfterShortage, left - Free);
            if (left < hold + Free)
                return false;
            while (_held.Count < hold && OpenDescriptors.TryTake() is { } handle)
                _held.Add(handle);
            if (_held.Count < hold)
                Keep(0);
            _untilLook = 0;
            return _whole = _held.Count == hold;
        }
    }

    /// <summary>Looks, after an accept, whether there is room for another one; gives the held ones away when there is none.</summary>
    /// <param name="connections">How many there are: as long as there were more before, nobody needs to look.</param>
    public void Check(int connections)
    {
        if (!Counted || (!_everShort && connections <= Volatile.Read(ref _mostConnections)))
            return;
        lock (_lock)
        {
            _connections = connections;
            _mostConnections = Math.Max(_mostConnections, connections);
            if (_whole && --_untilLook > 0)
                return;
            int left = OpenDescriptors.Left(Margin + (64 * Share));
            _untilLook = (left - Margin) / Share;
            if (left < Margin)
                GiveAway(connections);
        }
    }

    /// <summary>Gives the held ones away: an accept has failed.</summary>
    /// <param name="connections">How many there are.</param>
    public void Release(int connections)
    {
        lock (_lock)
            GiveAway(connections);
    }

    public void Dispose()
    {
        AppDomain.CurrentDomain.AssemblyLoad -= OnAssemblyLoad;
        Release(0);
    }

    // A first request may load a dozen, and its connection was accepted long before.
    private void OnAssemblyLoad(object? sender, AssemblyLoadEventArgs e)
    {
        if (!_whole)
            return;
        lock (_lock)
        {
            if (_whole && OpenDescriptors.Left(Margin) < Margin)
                GiveAway(_connections);
        }
    }

    private void GiveAway(int connections)
    {
        if (_whole)
        {
            _shortAt = connections;
            _lookAgain = Environment.TickCount64 + LookAgain;
        }

        _whole = false;
        _everShort = true;
        Keep(0);
    }

    private void Keep(int count)
    {
        for (int i = _held.Count - 1; i >= count; i--)
        {
            _held[i].Dispose();
            _held.RemoveAt(i);
        }
    }
}
