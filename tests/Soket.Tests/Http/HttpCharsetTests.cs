using System.Text;
using Soket.Http;
using Xunit;

namespace Soket.Tests.Http;

public sealed class HttpCharsetTests
{
    [Theory]
    [InlineData("text/html; charset=UTF-8", "C3A9", "é")]
    [InlineData("text/html; charset=\"iso-8859-1\"", "E9", "é")]
    [InlineData("text/html;charset=windows-1251", "E9", "й")]
    [InlineData("text/html; charset=shift_jis", "82A0", "あ")]
    [InlineData("text/html", "EFBBBFC3A9", "é")]
    [InlineData("text/html", "FFFEE900", "é")]
    [InlineData(null, "FEFF00E9", "é")]
    [InlineData("text/html; charset=nonsense", "C3A9", "é")]
    [InlineData("text/html; charset=iso-8859-1", "EFBBBF", "ï»¿")] // the header is asked first
    [InlineData(null, "", "")]
    public void The_header_decides_then_the_mark_then_UTF_8(string? type, string hex, string expected)
    {
        byte[] bytes = Convert.FromHexString(hex);
        Encoding encoding = HttpCharset.Of(type, bytes.AsSpan(0, Math.Min(bytes.Length, HttpCharset.MarkLength)), out int mark);
        Assert.Equal(expected, encoding.GetString(bytes.AsSpan(mark)));
    }
}
