using System.Net.Sockets;
using Soket.Explain;
using Soket.Options;

namespace Soket.Linux.Engine;

/// <summary>A socket option made ready: what setsockopt(2) takes, and how it is told.</summary>
internal sealed class LoopOption
{
    private readonly AddressFamily _family;
    private readonly RawOption _raw;
    private readonly byte[] _value;

    private LoopOption(SocketOptionSetting setting, AddressFamily family, RawOption raw, byte[] value)
    {
        Setting = setting;
        _family = family;
        _raw = raw;
        _value = value;
        Name = setting.Option.NameFor(family);
        Text = setting.ToString();
    }

    /// <summary>What was asked for.</summary>
    public SocketOptionSetting Setting { get; }

    /// <summary>The option's name on sockets of this family.</summary>
    public string Name { get; }

    /// <summary>The value as people write it.</summary>
    public string Text { get; }

    /// <summary>Makes those ready that concern a stream socket of a family in a role.</summary>
    /// <exception cref="SocketFailure">This platform lacks one, or a value cannot be written.</exception>
    public static LoopOption[] For(AddressFamily family, SocketOptionRoles role, IReadOnlyList<SocketOptionSetting> settings)
    {
        List<LoopOption>? ready = null;
        foreach (SocketOptionSetting setting in settings)
        {
            if ((setting.Option.Roles & role) != 0 && setting.Option.Concerns(family, datagram: false, setting.Text))
                (ready ??= []).Add(Of(family, setting));
        }

        return ready is null ? [] : [.. ready];
    }

    /// <summary>Makes one ready.</summary>
    /// <exception cref="SocketFailure">This platform lacks it, or its value cannot be written.</exception>
    public static LoopOption Of(AddressFamily family, SocketOptionSetting setting)
    {
        Span<byte> value = stackalloc byte[SocketOptionCodec.LongestValue];
        int length = SocketOptionCodec.Encode(setting, family, datagram: false, value, out RawOption raw);
        return new(setting, family, raw, value[..length].ToArray());
    }

    /// <summary>Sets it.</summary>
    /// <returns>Null when it is set.</returns>
    public unsafe SocketFailure? Set(LoopKernel kernel, int descriptor)
    {
        fixed (byte* value = _value)
        {
            int result = kernel.SetOption(descriptor, _raw.Level, _raw.Name, value, _value.Length);
            return result == 0 ? null : SocketOptionCodec.Refused(Setting, _family, LoopFailure.Error(-result));
        }
    }

    /// <summary>Reads it back: what the system made of it.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="descriptor">The socket.</param>
    /// <param name="failure">Why it cannot be read.</param>
    public unsafe SocketOptionSetting? Read(LoopKernel kernel, int descriptor, out SocketFailure? failure)
    {
        byte* value = stackalloc byte[SocketOptionCodec.LongestValue];
        int length = SocketOptionCodec.Room(Setting.Option);
        int result = kernel.GetOption(descriptor, _raw.Level, _raw.Name, value, &length);
        failure = result == 0 ? null : LoopFailure.Of(SocketCall.GetOption, -result, new FailureContext { Facts = new Dictionary<string, string> { [FailureFacts.Option] = Name } });
        return result == 0 ? SocketOptionCodec.Decode(Setting.Option, _family, new ReadOnlySpan<byte>(value, length)) : null;
    }
}
