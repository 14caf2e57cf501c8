using System.Buffers;
using System.Text;
using Soket.Events;
using Soket.Explain;
using Soket.Http;

namespace Soket.Cli.Commands.Fetch;

/// <summary>
/// Covers the values of secret fields and parameters in the bytes that events carry, before anybody sees them: a log is read by others, and kept. It follows
/// lines over the pieces they come in, and covers a body's lines of that form as well: too much rather than too little. Called one event at a time.
/// </summary>
internal sealed class SecretMask(ISocketObserver inner) : ISocketObserver
{
    private const int LongestName = 64;
    private readonly Dictionary<(long Connection, SocketCall Call), Line> _lines = [];

    private enum Place
    {
        /// <summary>Nothing secret begins here before the line's end, or the next parameter.</summary>
        Plain,

        /// <summary>In what may be a field's name, at the line's beginning.</summary>
        FieldName,

        /// <summary>In what may be a parameter's name, behind ? or &amp;, or at the beginning of a form.</summary>
        ParameterName,

        /// <summary>In the value of a secret field.</summary>
        SecretField,

        /// <summary>In the value of a secret parameter.</summary>
        SecretParameter,
    }

    private sealed class Line
    {
        public StringBuilder Name { get; } = new();

        public Place Place { get; set; } = Place.FieldName;
    }

    public void On(in SocketEvent e, in ReadOnlySequence<byte> bytes)
    {
        if (bytes.IsEmpty || e.Call is not (SocketCall.Send or SocketCall.Receive))
        {
            inner.On(in e, in bytes);
            return;
        }

        if (!_lines.TryGetValue((e.Connection, e.Call), out Line? line))
            _lines[(e.Connection, e.Call)] = line = new Line();
        byte[] copy = bytes.ToArray();
        for (int i = 0; i < copy.Length; i++)
        {
            if (Follow((char)copy[i], line, isForm: e.Call == SocketCall.Send))
                copy[i] = (byte)'*';
        }

        var covered = new ReadOnlySequence<byte>(copy);
        inner.On(in e, in covered);
    }

    // Whether this byte is part of a secret.
    private static bool Follow(char c, Line line, bool isForm)
    {
        switch (c)
        {
            case '\n':
                Begin(line, Place.FieldName);
                return false;
            case var _ when line.Place == Place.SecretField:
                return c is not ('\r' or ' ');
            case '&':
            case '?' when line.Place != Place.SecretParameter:
                Begin(line, Place.ParameterName);
                return false;
            case ' ' or '#' or '\r' or '"' or '\'' or '<' or '>':
                line.Place = Place.Plain;
                return false;
            case var _ when line.Place == Place.SecretParameter:
                return true;
            case ':' when line.Place == Place.FieldName:
                line.Place = HttpSecrets.IsField(line.Name.ToString()) ? Place.SecretField : Place.Plain;
                return false;
            case '=' when line.Place == Place.ParameterName || (line.Place == Place.FieldName && isForm):
                line.Place = HttpSecrets.IsParameter(line.Name.ToString()) ? Place.SecretParameter : Place.Plain;
                return false;
            case var _ when line.Place is Place.FieldName or Place.ParameterName:
                line.Name.Append(c);
                if (line.Name.Length > LongestName)
                    line.Place = Place.Plain;
                return false;
            default:
                return false;
        }
    }

    private static void Begin(Line line, Place place)
    {
        line.Name.Clear();
        line.Place = place;
    }
}
