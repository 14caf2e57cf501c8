using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Text;
using Soket.Capture.Bpf;
using Soket.Explain;
using Soket.Linux.Native;

namespace Soket.Linux.Capture;

/// <summary>A packet(7) socket: opened, asked, filtered, bound. Every refusal of the system becomes a <see cref="SocketFailure"/> here.</summary>
[SupportedOSPlatform("linux")]
internal sealed class PacketSocket : IDisposable
{
    private const int InterfaceRequest = 40; // struct ifreq
    private const int NameLength = 16;       // IFNAMSIZ
    private const ushort EveryProtocol = 3;  // ETH_P_ALL
    private const int RawCapability = 13;    // CAP_NET_RAW

    private readonly string _place;

    private PacketSocket(SafeSocketHandle handle, string place)
    {
        Handle = handle;
        _place = place;
    }

    public SafeSocketHandle Handle { get; }

    /// <summary>Opens a socket that receives nothing yet.</summary>
    /// <param name="interfaceName">What it is for, to be told when something fails; null for every interface.</param>
    /// <param name="cooked">Without the header of the link.</param>
    public static PacketSocket Open(string? interfaceName, bool cooked)
    {
        // Protocol 0: nothing comes before the filter is there and the socket is bound.
        int descriptor = LibC.OpenSocket(LibC.PacketFamily, cooked ? LibC.DatagramCloseOnExec : LibC.RawCloseOnExec, 0);
        string place = "packet:" + (interfaceName ?? "*");
        if (descriptor < 0)
            throw NotOpened(Marshal.GetLastPInvokeError(), place);
        return new(new SafeSocketHandle(descriptor, ownsHandle: true), place);
    }

    /// <summary>The number of an interface.</summary>
    public int Index(string name)
    {
        uint index = name.Length < NameLength ? LibC.InterfaceIndex(name) : 0;
        if (index != 0)
            return (int)index;
        var facts = new Dictionary<string, string> { [FailureFacts.Option] = "--interface", [FailureFacts.Value] = name };
        throw new SocketFailure(SocketCall.Bind, Error(Errno.Number("ENODEV") ?? 0), new() { Transport = "packet", Endpoint = _place, Facts = facts });
    }

    /// <summary>The name of an interface; null when it is gone.</summary>
    public static string? Name(int index)
    {
        Span<byte> name = stackalloc byte[NameLength];
        name.Clear();
        return LibC.InterfaceName((uint)index, name) != 0 ? Encoding.UTF8.GetString(name[..Math.Max(0, name.IndexOf((byte)0))]) : null;
    }

    /// <summary>What kind of link an interface is (ARPHRD_...); null when it is gone.</summary>
    public int? Kind(string name) => Ask(name, LibC.InterfaceKind, out Span<byte> answer, stackalloc byte[InterfaceRequest]) ? MemoryMarshal.Read<ushort>(answer) : null;

    /// <summary>How long a packet on an interface can be, without the header of its link; null when the interface is gone.</summary>
    public int? Mtu(string name) => Ask(name, LibC.InterfaceMtu, out Span<byte> answer, stackalloc byte[InterfaceRequest]) ? MemoryMarshal.Read<int>(answer) : null;

    /// <summary>Attaches a filter: what it does not let through never reaches the socket.</summary>
    public unsafe void Attach(IReadOnlyList<BpfInstruction> program)
    {
        const int size = 8; // struct sock_filter
        byte[] bytes = new byte[program.Count * size];
        for (int i = 0; i < program.Count; i++)
        {
            Span<byte> one = bytes.AsSpan(i * size, size);
            MemoryMarshal.Write(one, program[i].Code);
            one[2] = program[i].True;
            one[3] = program[i].False;
            MemoryMarshal.Write(one[4..], program[i].Value);
        }

        fixed (byte* first = bytes)
        {
            Span<byte> described = stackalloc byte[16]; // struct sock_fprog: a count, and where the program lies
            described.Clear();
            MemoryMarshal.Write(described, (ushort)program.Count);
            MemoryMarshal.Write(described[8..], (ulong)first);
            Set(LibC.SocketLevel, LibC.AttachFilter, described);
        }
    }

    /// <summary>Sets an option.</summary>
    public void Set(int level, int option, ReadOnlySpan<byte> value)
    {
        if (!TrySet(level, option, value, out int error))
            throw Failure(SocketCall.SetOption, error);
    }

    /// <summary>Sets an option that an older kernel may not have.</summary>
    public bool TrySet(int level, int option, ReadOnlySpan<byte> value, out int error)
    {
        bool set = LibC.SetSocketOption(Handle, level, option, value, (uint)value.Length) == 0;
        error = set ? 0 : Marshal.GetLastPInvokeError();
        return set;
    }

    /// <summary>Starts to receive.</summary>
    /// <param name="index">The interface; 0 for all.</param>
    public void Bind(int index)
    {
        Span<byte> address = stackalloc byte[20]; // struct sockaddr_ll
        address.Clear();
        MemoryMarshal.Write(address, (ushort)LibC.PacketFamily);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt16BigEndian(address[2..], EveryProtocol);
        MemoryMarshal.Write(address[4..], index);
        if (LibC.Bind(Handle, address, (uint)address.Length) != 0)
            throw Failure(SocketCall.Bind, Marshal.GetLastPInvokeError());
    }

    /// <summary>Waits until there is something to take.</summary>
    /// <exception cref="SocketFailure">The interface is gone or was taken down.</exception>
    public void Wait(TimeSpan atMost)
    {
        bool kept = false;
        try
        {
            Handle.DangerousAddRef(ref kept); // so that the number stays ours while it is waited on
            var entry = new LibC.PollEntry { Descriptor = (int)Handle.DangerousGetHandle(), Events = LibC.Readable };
            // Interrupted, or not: whoever waits looks again.
            if (LibC.Poll(ref entry, 1, (int)atMost.TotalMilliseconds) > 0 && (entry.Returned & ~LibC.Readable) != 0 && Pending() is not 0 and int error)
                throw Failure(SocketCall.Receive, error);
        }
        catch (ObjectDisposedException)
        {
            return; // disposed meanwhile: there is nothing to wait for
        }
        finally
        {
            if (kept)
                Handle.DangerousRelease();
        }
    }

    public SocketFailure Failure(SocketCall call, int error) => new(call, Error(error), new() { Transport = "packet", Endpoint = _place });

    public void Dispose() => Handle.Dispose();

    private int Pending()
    {
        Span<byte> value = stackalloc byte[4];
        value.Clear();
        uint length = 4;
        return LibC.GetSocketOption(Handle, LibC.SocketLevel, LibC.PendingError, value, ref length) == 0 ? MemoryMarshal.Read<int>(value) : 0;
    }

    private bool Ask(string name, nuint question, out Span<byte> answer, Span<byte> request)
    {
        request.Clear();
        Encoding.UTF8.GetBytes(name.AsSpan(), request[..(NameLength - 1)]);
        answer = request[NameLength..];
        return LibC.InterfaceRequest(Handle, question, request) == 0;
    }

    private static SocketFailure NotOpened(int error, string place)
    {
        var facts = new Dictionary<string, string>();
        if (Errno.Name(error) is "EPERM" or "EACCES" && Why() is { } why)
            facts[FailureFacts.CaptureWhy] = why;
        return new(SocketCall.Socket, Error(error), new() { Transport = "packet", Endpoint = place, Facts = facts });
    }

    // What this thread has, and whether it counts here; null where there is no /proc to tell.
    private static string? Why() => MayCapture() switch
    {
        null => null,
        false => "capability",
        true => OwnUsers() ? "namespace" : "rule",
    };

    // capabilities(7): the effective set, in hexadecimal.
    private static bool? MayCapture()
    {
        foreach (string line in Lines("/proc/thread-self/status"))
        {
            if (line.StartsWith("CapEff:", StringComparison.Ordinal)
                && ulong.TryParse(line.AsSpan(7).Trim(), System.Globalization.NumberStyles.AllowHexSpecifier, System.Globalization.CultureInfo.InvariantCulture, out ulong held))
                return (held & (1UL << RawCapability)) != 0;
        }

        return null;
    }

    // user_namespaces(7): in the first one every number stands for itself.
    private static bool OwnUsers() =>
        Lines("/proc/thread-self/uid_map") is [string only] && only.Split(' ', StringSplitOptions.RemoveEmptyEntries) is not ["0", "0", "4294967295"];

    private static string[] Lines(string path)
    {
        try
        {
            return File.ReadAllLines(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return []; // no /proc here: nothing can be told
        }
    }

    private static SystemError Error(int error)
    {
        string name = Errno.Name(error) ?? "EUNKNOWN";
        return new(name, error, Errno.Text(name) ?? new System.ComponentModel.Win32Exception(error).Message);
    }
}
