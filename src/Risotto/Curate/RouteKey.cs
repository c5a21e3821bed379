using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using Risotto.Decode.Bgp;

namespace Risotto.Curate;

/// <summary>Identifies a route in its table, together with the prefix length, which is in the slot's other word.</summary>
internal interface IRouteKey<TSelf> : IEquatable<TSelf>
    where TSelf : unmanaged, IRouteKey<TSelf>
{
    /// <summary>The number of the key type in state files; it never changes.</summary>
    static abstract RouteKeyKind Kind { get; }

    /// <summary>All 64 bits depend on every bit of the key, the length and the seed.</summary>
    ulong Hash(int lengthPlusOne, ulong seed);

    /// <summary>The route that the key and the prefix length identify.</summary>
    RouteIdentity Identity(int length);

    static abstract TSelf Create(in RouteIdentity route);
}

/// <summary>The kinds of key, with their numbers in state files.</summary>
internal enum RouteKeyKind : byte
{
    Ipv4 = 0,
    Ipv4Path = 1,

    /// <summary>IPv6 prefixes of at most 64 bits: nearly all there are.</summary>
    Ipv6Short = 2,
    Ipv6 = 3,
    Ipv6Path = 4,
    Vpn = 5,
    VpnPath = 6,
}

[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal readonly record struct Ipv4Key(uint Address) : IRouteKey<Ipv4Key>
{
    public static RouteKeyKind Kind => RouteKeyKind.Ipv4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Hash(int lengthPlusOne, ulong seed) => KeyHash.Fold((ulong)Address << 8 | (uint)lengthPlusOne, seed);

    public RouteIdentity Identity(int length) => new((ulong)Address << 32, 0, (byte)length, 0, false, 0);

    public static Ipv4Key Create(in RouteIdentity route) => new(route.Ipv4);
}

[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal readonly record struct Ipv4PathKey(uint Address, uint PathId) : IRouteKey<Ipv4PathKey>
{
    public static RouteKeyKind Kind => RouteKeyKind.Ipv4Path;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Hash(int lengthPlusOne, ulong seed) => KeyHash.Fold((ulong)Address << 32 | PathId, (uint)lengthPlusOne, seed);

    public RouteIdentity Identity(int length) => new((ulong)Address << 32, 0, (byte)length, PathId, true, 0);

    public static Ipv4PathKey Create(in RouteIdentity route) => new(route.Ipv4, route.PathId);
}

[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal readonly record struct Ipv6ShortKey(ulong High) : IRouteKey<Ipv6ShortKey>
{
    public const int MaxPrefixLength = 64;

    public static RouteKeyKind Kind => RouteKeyKind.Ipv6Short;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Hash(int lengthPlusOne, ulong seed) => KeyHash.Fold(High, (uint)lengthPlusOne, seed);

    public RouteIdentity Identity(int length) => new(High, 0, (byte)length, 0, false, 0);

    public static Ipv6ShortKey Create(in RouteIdentity route) => new(route.High);
}

[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal readonly record struct Ipv6Key(ulong High, ulong Low) : IRouteKey<Ipv6Key>
{
    public static RouteKeyKind Kind => RouteKeyKind.Ipv6;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Hash(int lengthPlusOne, ulong seed) => KeyHash.Fold(KeyHash.Fold(High, seed) ^ Low, (uint)lengthPlusOne, seed);

    public RouteIdentity Identity(int length) => new(High, Low, (byte)length, 0, false, 0);

    public static Ipv6Key Create(in RouteIdentity route) => new(route.High, route.Low);
}

[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal readonly record struct Ipv6PathKey(ulong High, ulong Low, uint PathId) : IRouteKey<Ipv6PathKey>
{
    public static RouteKeyKind Kind => RouteKeyKind.Ipv6Path;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Hash(int lengthPlusOne, ulong seed) =>
        KeyHash.Fold(KeyHash.Fold(High, seed) ^ Low, (ulong)PathId << 8 | (uint)lengthPlusOne, seed);

    public RouteIdentity Identity(int length) => new(High, Low, (byte)length, PathId, true, 0);

    public static Ipv6PathKey Create(in RouteIdentity route) => new(route.High, route.Low, route.PathId);
}

/// <summary>VPN families, of both address families.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal readonly record struct VpnKey(ulong RouteDistinguisher, ulong High, ulong Low) : IRouteKey<VpnKey>
{
    public static RouteKeyKind Kind => RouteKeyKind.Vpn;

    public ulong Hash(int lengthPlusOne, ulong seed) =>
        KeyHash.Fold(KeyHash.Fold(KeyHash.Fold(RouteDistinguisher, seed) ^ High, seed) ^ Low, (uint)lengthPlusOne, seed);

    public RouteIdentity Identity(int length) => new(High, Low, (byte)length, 0, false, RouteDistinguisher);

    public static VpnKey Create(in RouteIdentity route) => new(route.RouteDistinguisher, route.High, route.Low);
}

[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal readonly record struct VpnPathKey(ulong RouteDistinguisher, ulong High, ulong Low, uint PathId) : IRouteKey<VpnPathKey>
{
    public static RouteKeyKind Kind => RouteKeyKind.VpnPath;

    public ulong Hash(int lengthPlusOne, ulong seed) =>
        KeyHash.Fold(KeyHash.Fold(KeyHash.Fold(RouteDistinguisher, seed) ^ High, seed) ^ Low, (ulong)PathId << 8 | (uint)lengthPlusOne,
            seed);

    public RouteIdentity Identity(int length) => new(High, Low, (byte)length, PathId, true, RouteDistinguisher);

    public static VpnPathKey Create(in RouteIdentity route) => new(route.RouteDistinguisher, route.High, route.Low, route.PathId);
}

/// <summary>
/// A multiply-fold of 64 bits with a secret seed: peers choose their prefixes, and without the seed they could choose them to collide.
/// It is cheaper than a general hash for keys of one to four words.
/// </summary>
internal static class KeyHash
{
    private const ulong Odd = 0x9E3779B97F4A7C15;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Fold(ulong value, ulong seed) => Fold(value, 0, seed);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Fold(ulong value, ulong more, ulong seed) => Multiply(Multiply(value ^ seed, Odd) ^ more, seed | 1);

    // The exclusive or of both halves of the product.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Multiply(ulong left, ulong right)
    {
        // Two multiplications in registers are faster than Math.BigMul, whose low half goes through memory.
        if (Bmi2.X64.IsSupported)
            return Bmi2.X64.MultiplyNoFlags(left, right) ^ left * right;
        ulong high = Math.BigMul(left, right, out ulong low);
        return high ^ low;
    }
}
