using System.Globalization;
using System.Net;
using Soket.Capture;
using Soket.Cli.CommandLine;
using Soket.Cli.Rendering;
using Soket.Endpoints;
using Soket.Explain;
using Soket.Protocols.CaptureFiles;
using Soket.Protocols.Packets;

namespace Soket.Cli.Commands.RunPackets;

/// <summary>Takes a packet whose bytes are lent, and the interface it came from; null where that is not known.</summary>
internal delegate void PacketTaker(in CapturedPacket packet, CaptureInterface? from);

/// <summary>The captures of a run, one for each port, and why there are none where there are none.</summary>
internal sealed class RunCaptures : IDisposable
{
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(150);
    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(600);

    private readonly bool _refused;
    private readonly CliIo _io;
    private readonly Action<string, string> _tell;
    private readonly List<IPacketCapture> _captures = [];
    private readonly List<Task> _threads = [];
    private readonly CancellationTokenSource _end = new();
    private long _last; // any thread, atomically: when the last packet came
    private bool _began;
    private bool _capturing; // written once, by whoever begins

    /// <summary>Not begun yet.</summary>
    /// <param name="refused">Whether nothing is to be captured.</param>
    /// <param name="io">For whom.</param>
    /// <param name="tell">Tells what a person should know, with a stable key.</param>
    public RunCaptures(bool refused, CliIo io, Action<string, string> tell)
    {
        _refused = refused;
        _io = io;
        _tell = tell;
    }

    /// <summary>Linux: how often a SYN is sent again a second apart before the waits double (ip-sysctl, tcp_syn_linear_timeouts); 0 where there is no such thing.</summary>
    public static int LinearSynTimeouts { get; } = ReadLinearSynTimeouts();

    /// <summary>Whether packets are captured. Settled before the first of a run's packets.</summary>
    public bool IsCapturing => Volatile.Read(ref _capturing);

    /// <summary>Packets that the system lost; known at the end.</summary>
    public long Lost { get; private set; }

    /// <summary>Gets the packets, on the thread of their capture; set before <see cref="Begin"/>.</summary>
    public PacketTaker? Captured { get; set; }

    /// <summary>Begins, once.</summary>
    public void Begin(IReadOnlyList<SocketUri> places)
    {
        if (_began)
            return;
        _began = true;
        if (_refused)
            return;
        try
        {
            foreach (CaptureFilter filter in Filters(places))
            {
                if (Platform.Capture(filter) is not { } capture)
                {
                    _tell("no-capture-here", _io.Text("run-packets.no-capture-here"));
                    return;
                }

                _captures.Add(capture);
            }
        }
        catch (SocketFailure failure)
        {
            foreach (IPacketCapture opened in _captures)
                opened.Dispose();
            _captures.Clear();
            Explanation explanation = FailureView.Explain(failure, _io);
            _tell(explanation.Code, _io.Text("run-packets.not-captured", ("error", ErrorText.In(_io.Language, failure.Error).Message), ("code", explanation.Code)));
            return;
        }

        Volatile.Write(ref _capturing, _captures.Count > 0);
        foreach (IPacketCapture capture in _captures)
            _threads.Add(Task.Factory.StartNew(() => Take(capture), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default));
    }

    /// <summary>Waits for what is still under way when the sockets are closed (the last FIN, its acknowledgement), and ends.</summary>
    public async Task EndAsync()
    {
        if (_threads.Count > 0)
        {
            long asked = Environment.TickCount64;
            Interlocked.CompareExchange(ref _last, asked, 0);
            while (Environment.TickCount64 - Math.Max(asked, Interlocked.Read(ref _last)) < Quiet.TotalMilliseconds && Environment.TickCount64 - asked < Longest.TotalMilliseconds)
                await Task.Delay(10).ConfigureAwait(false);
        }

        await _end.CancelAsync().ConfigureAwait(false);
        foreach (Task thread in _threads)
            await thread.ConfigureAwait(false);
        Lost = _captures.Sum(capture => capture.Counts.Dropped);
    }

    public void Dispose()
    {
        foreach (IPacketCapture capture in _captures)
            capture.Dispose();
        _end.Dispose();
    }

    /// <summary>A filter for each port, with its addresses where they are known. A name may have several: whose packets they are is seen later.</summary>
    internal static IReadOnlyList<CaptureFilter> Filters(IEnumerable<SocketUri> places) =>
    [
        .. places.Where(place => !place.IsUnix && place.Port != 0)
            .GroupBy(place => (Kind: place.IsDatagram ? ConversationKind.Udp : ConversationKind.Tcp, place.Port))
            .Select(group => new CaptureFilter { Kind = group.Key.Kind, Port = group.Key.Port, Hosts = Hosts([.. group.Select(place => place.Host)]) }),
    ];

    private static List<IPAddress> Hosts(List<string> hosts)
    {
        var addresses = new HashSet<IPAddress>();
        foreach (string host in hosts)
        {
            if (host == "localhost")
                addresses.UnionWith([IPAddress.Loopback, IPAddress.IPv6Loopback]);
            else if (IPAddress.TryParse(host, out IPAddress? address))
                addresses.Add(address);
            else
                return [];
        }

        return addresses.Count <= CaptureFilter.HostLimit ? [.. addresses] : [];
    }

    private void Take(IPacketCapture capture)
    {
        try
        {
            while (capture.TryNext(out CapturedPacket packet, _end.Token))
            {
                Interlocked.Exchange(ref _last, Environment.TickCount64);
                IReadOnlyList<CaptureInterface> interfaces = capture.Interfaces;
                Captured?.Invoke(in packet, packet.Interface < interfaces.Count ? interfaces[packet.Interface] : null);
            }
        }
        catch (SocketFailure failure)
        {
            _tell("capture-ended", _io.Text("run-packets.capture-ended", ("error", ErrorText.In(_io.Language, failure.Error).Message)));
        }
    }

    private static int ReadLinearSynTimeouts()
    {
        try
        {
            return OperatingSystem.IsLinux() && int.TryParse(File.ReadAllText("/proc/sys/net/ipv4/tcp_syn_linear_timeouts"), NumberStyles.None, CultureInfo.InvariantCulture, out int count) ? count : 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return 0; // an older kernel
        }
    }
}
