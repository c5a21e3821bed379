namespace Risotto.Tests.Decode;

/// <summary>
/// RFC 7606 and the RFCs it refers to, section by section: malformed UPDATEs, and what becomes of them at a monitoring station. The RFC's
/// text says what is malformed. No fault of an attribute removes a route or a sound prefix: the router has its routes all the same. The
/// peer is external unless the case says "internal".
/// </summary>
internal static class UpdateErrorCases
{
    private const string Used = "all of it is used", LeftOut = "a part is left out";

    // ORIGIN IGP, AS_PATH 65001, NEXT_HOP 192.0.2.9; 203.0.113.0/24; 2001:db8::/32 by MP_REACH_NLRI with next hop 2001:db8::9.
    private const string Origin = "400101 00 ", Path = "400206 0201 0000FDE9 ", NextHop = "400304 C0000209 ",
        Good = Origin + Path + NextHop;
    private const string Prefix = "18 CB0071";
    private const string MpReach = "800E1A 0002 01 10 20010DB8000000000000000000000009 00 20 20010DB8 ";
    private const string Announced = "+203.0.113.0/24", Withdrawn = "-203.0.113.0/24", Announced6 = "+2001:db8::/32",
        Withdrawn6 = "-2001:db8::/32";

    // section and defect; attributes; NLRI; withdrawn routes; outcome; reason; rows.
    private static readonly string[][] All =
    [
        // 3.b, 4.: the lengths of the UPDATE and of its attributes.
        ["4: one byte is left after the last attribute", Good + "40", Prefix, "", LeftOut, "attribute_truncated", Announced],
        ["4: two bytes are left after the last attribute", Good + "8004", Prefix, "", LeftOut, "attribute_truncated", Announced],
        ["4: three bytes are left of an extended length attribute", Good + "9004 00", Prefix, "", LeftOut, "attribute_truncated",
            Announced],
        ["4: an attribute length runs past the attributes", Good + "800405 00000001", Prefix, "", LeftOut, "attribute_truncated",
            Announced],
        ["4: an extended attribute length runs past the attributes", Good + "9008 0100 FDE90064", Prefix, "", LeftOut,
            "attribute_truncated", Announced],
        ["4: the first attribute runs past the attributes", "400110 00", Prefix, "", LeftOut, "attribute_truncated", Announced],

        // 3.c: Optional and Transitive bits; the Partial and Extended Length bits are no error.
        ["3.c: ORIGIN is optional", "C00101 00" + Path + NextHop, Prefix, "", Used, "attribute_flags_invalid", Announced],
        ["3.c: ORIGIN is not transitive", "000101 00" + Path + NextHop, Prefix, "", Used, "attribute_flags_invalid", Announced],
        ["3.c: AS_PATH is optional", Origin + "C00206 0201 0000FDE9" + NextHop, Prefix, "", Used, "attribute_flags_invalid", Announced],
        ["3.c: NEXT_HOP is optional", Origin + Path + "C00304 C0000209", Prefix, "", Used, "attribute_flags_invalid", Announced],
        ["3.c: MULTI_EXIT_DISC is well-known", Good + "400404 00000032", Prefix, "", Used, "attribute_flags_invalid", Announced],
        ["3.c: MULTI_EXIT_DISC is transitive", Good + "C00404 00000032", Prefix, "", Used, "attribute_flags_invalid", Announced],
        ["3.c: LOCAL_PREF is optional, internal", Good + "C00504 00000064", Prefix, "", Used, "attribute_flags_invalid", Announced],
        ["3.c: ATOMIC_AGGREGATE is optional", Good + "C00600", Prefix, "", Used, "attribute_flags_invalid", Announced],
        ["3.c: AGGREGATOR is well-known", Good + "400708 0000FDE9 0A000001", Prefix, "", Used, "attribute_flags_invalid", Announced],
        ["3.c: COMMUNITIES is not transitive", Good + "800804 FDE90064", Prefix, "", Used, "attribute_flags_invalid", Announced],
        ["3.c: ORIGINATOR_ID is transitive, internal", Good + "C00904 0A000002", Prefix, "", Used, "attribute_flags_invalid", Announced],
        ["3.c: CLUSTER_LIST is transitive, internal", Good + "C00A04 0A000003", Prefix, "", Used, "attribute_flags_invalid", Announced],
        ["3.c: MP_REACH_NLRI is transitive", Origin + Path + "C00E1A" + MpReach[6..], "", "", Used, "attribute_flags_invalid", Announced6],
        ["3.c: MP_UNREACH_NLRI is well-known", Good + "400F08 0002 01 20 20010DB8", Prefix, "", Used, "attribute_flags_invalid",
            Withdrawn6 + " " + Announced],
        ["3.c: EXTENDED COMMUNITIES is well-known", Good + "401008 0002FDE900000064", Prefix, "", Used, "attribute_flags_invalid",
            Announced],
        ["3.c: LARGE_COMMUNITY is not transitive", Good + "80200C 0000FDE9 00000001 00000002", Prefix, "", Used, "attribute_flags_invalid",
            Announced],
        ["3.c: ONLY_TO_CUSTOMER is not transitive", Good + "802304 0000FDF2", Prefix, "", Used, "attribute_flags_invalid", Announced],

        // 3.d: mandatory attributes; RFC 4760 3 frees MP_REACH_NLRI from NEXT_HOP.
        ["3.d: ORIGIN is missing", Path + NextHop, Prefix, "", LeftOut, "mandatory_attribute_missing", Announced],
        ["3.d: AS_PATH is missing", Origin + NextHop, Prefix, "", LeftOut, "mandatory_attribute_missing", Announced],
        ["3.d: NEXT_HOP is missing beside NLRI", Origin + Path, Prefix, "", LeftOut, "mandatory_attribute_missing", Announced],
        ["3.d: all attributes are missing beside NLRI", "", Prefix, "", LeftOut, "mandatory_attribute_missing", Announced],
        ["3.d: AS_PATH is missing beside MP_REACH_NLRI", Origin + MpReach, "", "", LeftOut, "mandatory_attribute_missing", Announced6],
        ["3.d: NEXT_HOP is missing beside NLRI and MP_REACH_NLRI", Origin + Path + MpReach, Prefix, "", LeftOut,
            "mandatory_attribute_missing", Announced + " " + Announced6],

        // 3.g: attributes that come twice.
        ["3.g: MP_REACH_NLRI comes twice", Origin + Path + MpReach + MpReach, "", "", Used, "mp_attribute_repeated",
            Announced6 + " " + Announced6],
        ["3.g: MP_UNREACH_NLRI comes twice", Good + "800F03 0002 01 800F03 0002 01", Prefix, "", Used, "mp_attribute_repeated", Announced],
        ["3.g: ORIGIN comes twice", Good + "400101 02", Prefix, "", LeftOut, "attribute_repeated", Announced],
        ["3.g: COMMUNITIES comes twice, the second malformed", Good + "C00804 FDE90064 C00803 FDE900", Prefix, "", LeftOut,
            "attribute_repeated", Announced],
        ["3.g: an unrecognised attribute comes twice", Good + "C06301 01 C06301 02", Prefix, "", LeftOut, "attribute_repeated", Announced],
        ["3.g: an unrecognised attribute of a high type comes twice", Good + "C08001 01 C08001 02", Prefix, "", LeftOut,
            "attribute_repeated", Announced],

        // 3.h: of several errors the one that costs most is reported.
        ["3.h: two attributes cannot be read", "400102 0000" + Path + NextHop + "400601 00", Prefix, "", LeftOut,
            "origin_invalid", Announced],
        ["3.h: an attribute cannot be read, another one is repeated", "400101 03" + Path + MpReach + MpReach, "", "", LeftOut,
            "origin_invalid", Announced6 + " " + Announced6],

        // 5.3: NLRI fields.
        ["5.3: an IPv4 prefix of 33 bits", Good, "21 CB00710000", "", LeftOut, "nlri_invalid", ""],
        ["5.3: the last IPv4 prefix is cut off", Good, Prefix + "18 CB00", "", LeftOut, "nlri_invalid", Announced],
        ["5.3: a withdrawn IPv4 prefix of 33 bits", "", "", "21 CB00710000", LeftOut, "withdrawn_routes_invalid", ""],
        ["5.3: the last withdrawn IPv4 prefix is cut off", "", "", Prefix + "10 CB", LeftOut, "withdrawn_routes_invalid", Withdrawn],
        ["5.3: an IPv6 prefix of 129 bits",
            Origin + Path + "800E27 0002 01 10 20010DB8000000000000000000000009 00 81 20010DB800000000000000000000000000", "", "", LeftOut,
            "mp_reach_invalid", ""],
        ["5.3: a withdrawn IPv6 prefix is cut off", "800F06 0002 01 20 2001", "", "", LeftOut, "mp_unreach_invalid", ""],

        // 7.1 to 7.16: attribute by attribute.
        ["7.1: ORIGIN of length 0", "400100" + Path + NextHop, Prefix, "", LeftOut, "origin_invalid", Announced],
        ["7.1: ORIGIN of length 2", "400102 0000" + Path + NextHop, Prefix, "", LeftOut, "origin_invalid", Announced],
        ["7.1: ORIGIN with the undefined value 3", "400101 03" + Path + NextHop, Prefix, "", LeftOut, "origin_invalid", Announced],
        ["7.2: AS_PATH with segment type 0", Origin + "400206 0001 0000FDE9" + NextHop, Prefix, "", LeftOut, "as_path_invalid", Announced],
        ["7.2: AS_PATH with segment type 5", Origin + "400206 0501 0000FDE9" + NextHop, Prefix, "", LeftOut, "as_path_invalid", Announced],
        ["7.2: an AS_PATH segment longer than the attribute", Origin + "400206 0202 0000FDE9" + NextHop, Prefix, "", LeftOut,
            "as_path_invalid", Announced],
        ["7.2: a second AS_PATH segment longer than the attribute", Origin + "40020C 0201 0000FDE9 0202 0000FDEA" + NextHop, Prefix, "",
            LeftOut, "as_path_invalid", Announced],
        ["7.2: a byte left after the last AS_PATH segment", Origin + "400207 0201 0000FDE9 02" + NextHop, Prefix, "", LeftOut,
            "as_path_invalid", Announced],
        ["7.2: an AS_PATH segment without AS numbers", Origin + "400202 0200" + NextHop, Prefix, "", LeftOut, "as_path_invalid", Announced],
        ["7.2: an empty AS_PATH segment after a sound one", Origin + "400208 0201 0000FDE9 0100" + NextHop, Prefix, "", LeftOut,
            "as_path_invalid", Announced],
        ["7.3: NEXT_HOP of length 3", Origin + Path + "400303 C00002", Prefix, "", LeftOut, "next_hop_invalid", Announced],
        ["7.3: NEXT_HOP of length 16", Origin + Path + "400310 20010DB8000000000000000000000009", Prefix, "", LeftOut, "next_hop_invalid",
            Announced],
        ["7.4: MULTI_EXIT_DISC of length 2", Good + "800402 0032", Prefix, "", LeftOut, "multi_exit_disc_invalid", Announced],
        ["7.4: MULTI_EXIT_DISC of length 5", Good + "800405 0000003200", Prefix, "", LeftOut, "multi_exit_disc_invalid", Announced],
        ["7.5: LOCAL_PREF of length 3, internal", Good + "400503 000064", Prefix, "", LeftOut, "local_pref_invalid", Announced],
        ["7.5: LOCAL_PREF of length 3", Good + "400503 000064", Prefix, "", LeftOut, "internal_attribute_from_external_peer", Announced],
        ["7.6: ATOMIC_AGGREGATE of length 1", Good + "400601 00", Prefix, "", LeftOut, "atomic_aggregate_invalid", Announced],
        ["7.7: AGGREGATOR of length 6 in a session of 4-byte AS numbers", Good + "C00706 FDE9 0A000001", Prefix, "", Used,
            "aggregator_width_unusual", Announced],
        ["7.7: AGGREGATOR of length 7", Good + "C00707 FDE9 0A00000100", Prefix, "", LeftOut, "aggregator_invalid", Announced],
        ["7.7: AGGREGATOR of length 0", Good + "C00700", Prefix, "", LeftOut, "aggregator_invalid", Announced],
        ["7.8: COMMUNITIES of length 0", Good + "C00800", Prefix, "", LeftOut, "communities_invalid", Announced],
        ["7.8: COMMUNITIES of length 6", Good + "C00806 FDE900640001", Prefix, "", LeftOut, "communities_invalid", Announced],
        ["7.9: ORIGINATOR_ID of length 5, internal", Good + "800905 0A00000200", Prefix, "", LeftOut, "originator_id_invalid", Announced],
        ["7.9: ORIGINATOR_ID of length 5", Good + "800905 0A00000200", Prefix, "", LeftOut, "internal_attribute_from_external_peer",
            Announced],
        ["7.10: CLUSTER_LIST of length 0, internal", Good + "800A00", Prefix, "", LeftOut, "cluster_list_invalid", Announced],
        ["7.10: CLUSTER_LIST of length 6, internal", Good + "800A06 0A0000030A00", Prefix, "", LeftOut, "cluster_list_invalid", Announced],
        ["7.10: CLUSTER_LIST of length 6", Good + "800A06 0A0000030A00", Prefix, "", LeftOut, "internal_attribute_from_external_peer",
            Announced],
        ["7.11: an IPv6 next hop of 15 bytes", Origin + Path + "800E19 0002 01 0F 20010DB80000000000000000000000 00 20 20010DB8", "", "",
            LeftOut, "mp_reach_next_hop_invalid", Announced6],
        ["7.11: an IPv6 next hop of 4 bytes", Origin + Path + "800E0E 0002 01 04 C0000209 00 20 20010DB8", "", "", Used,
            "mp_reach_next_hop_unusual", Announced6],
        ["7.11: an IPv4 next hop of 12 bytes without RD", Origin + Path + "800E15 0001 01 0C 0000000000000000C0000209 00 18 CB0071", "",
            "", Used, "mp_reach_next_hop_unusual", Announced],
        ["7.11: a next hop length past the end of MP_REACH_NLRI", Origin + Path + "800E0A 0002 01 10 20010DB800 00", "", "", LeftOut,
            "mp_reach_invalid", ""],
        ["7.11: MP_REACH_NLRI of length 4", Origin + Path + "800E04 0002 01 00", "", "", LeftOut, "mp_reach_invalid", ""],
        ["7.12: MP_UNREACH_NLRI of length 2", "800F02 0002", "", "", LeftOut, "mp_unreach_invalid", ""],
        ["7.14: EXTENDED COMMUNITIES of length 0", Good + "C01000", Prefix, "", LeftOut, "extended_communities_invalid", Announced],
        ["7.14: EXTENDED COMMUNITIES of length 12", Good + "C0100C 0002FDE900000064 0002FDE9", Prefix, "", LeftOut,
            "extended_communities_invalid", Announced],
        ["7.15: IPv6 extended communities of length 0", Good + "C01900", Prefix, "", LeftOut, "ipv6_extended_communities_invalid",
            Announced],
        ["7.15: IPv6 extended communities of length 24", Good + "C01918 0002 20010DB8000000000000000000000001 0064 00020304", Prefix, "",
            LeftOut, "ipv6_extended_communities_invalid", Announced],
        ["RFC 8092 6: LARGE_COMMUNITY of length 0", Good + "C02000", Prefix, "", LeftOut, "large_communities_invalid", Announced],
        ["RFC 8092 6: LARGE_COMMUNITY of length 16", Good + "C02010 0000FDE9 00000001 00000002 0000FDE9", Prefix, "", LeftOut,
            "large_communities_invalid", Announced],
        ["RFC 9234 5: ONLY_TO_CUSTOMER of length 2", Good + "C02302 FDF2", Prefix, "", LeftOut, "only_to_customer_invalid", Announced],
        ["RFC 6793 6: AS4_AGGREGATOR of length 6", Good + "C01206 FDE9 0A000001", Prefix, "", LeftOut, "as4_aggregator_invalid", Announced],
        ["RFC 6793 6: AS4_PATH of length 2", Good + "C01102 0200", Prefix, "", LeftOut, "as4_path_invalid", Announced],

        // What was withdrawn stays withdrawn, before what is announced in the same UPDATE.
        ["2: announced routes of every field stay", "400101 03" + Path + NextHop + "800F0B 0002 01 30 20010DB80001 00" + MpReach, Prefix,
            "18 C63364", LeftOut, "origin_invalid", "-198.51.100.0/24 -2001:db8:1::/48 -::/0 " + Announced + " " + Announced6],
        ["2: an attribute that is left out changes no field", Good + "400601 00 800F0A 0002 01 30 20010DB80001" + MpReach, Prefix,
            "18 C63364", LeftOut, "atomic_aggregate_invalid", "-198.51.100.0/24 -2001:db8:1::/48 " + Announced + " " + Announced6],
    ];

    public static IEnumerable<string[]> Cases => All;

    public static TheoryData<string> Names => [.. All.Select(row => row[0])];

    public static byte ActionOf(string outcome) => outcome == LeftOut ? (byte)1 : (byte)0;
}
